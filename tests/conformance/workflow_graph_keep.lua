-- What depends on a failed node is skipped, however far away; all else runs.
local function bad() Probe.slow(0.01) fail("no data") end
local function note(name) return function() Watch.note(name) return name end end
local flow = Workflow.graph {
  on_error = "keep",
  nodes = { a = bad, b = note("b"), c = note("c"), d = note("d"), e = note("e"), f = bad },
  edges = { { "a", "c" }, { "b", "c" }, { "c", "d" }, { "b", "e" } },
}
local result = flow:run()
for _, each in ipairs(result.failed) do each.error = each.error.data.step end
local some = Workflow.graph { nodes = { a = { run = bad, on_error = "keep" }, b = { run = note("never"), depends_on = { "a" } } } }:run()
return { result, some.ok, some.skipped, some.failed[1].item }
