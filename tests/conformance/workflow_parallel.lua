-- Branches run side by side, each with the input; they begin in the order of their names.
local flow = Workflow.parallel {
  branches = {
    b = function(n) Watch.note("b") return Probe.slow(0.01, n + 1) end,
    a = function(n) Watch.note("a") return Probe.slow(0.02, n) end,
    c = { run = function(n) Watch.note("c") return Probe.echo(n * 2) end },
    d = function() end,
  },
}
local none = Workflow.parallel { branches = {} }:run(1)
return { flow:run(20), none }
