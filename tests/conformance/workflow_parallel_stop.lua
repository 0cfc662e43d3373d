-- The first failure cancels what runs, keeps what waits from starting, and is raised.
local flow = Workflow.parallel {
  limit = 3,
  branches = {
    a = function() Watch.hang() end,
    b = function() Probe.slow(0.01) fail("two is wrong", { kind = "tool" }) end,
    c = function() Watch.hang() end,
    d = function() Watch.note("d") end,
  },
}
local tried = attempt(function() return flow:run() end)
return { tried.error.kind, tried.error.message, tried.error.data, Watch.cancelled() }
