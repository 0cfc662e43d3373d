-- The first failure cancels the nodes that run, and what waits never begins.
local flow = Workflow.graph {
  name = "all",
  nodes = {
    slow = function() Watch.hang() end,
    bad = { run = function() Probe.slow(0.01) Probe.fail("broken") end, depends_on = { "first" } },
    first = function() return 1 end,
    after = { run = function() Watch.note("after") end, depends_on = { "bad", "slow" } },
  },
}
local tried = attempt(function() return flow:run() end)
return { tried.error.kind, tried.error.message, tried.error.data.step, Watch.cancelled() }
