-- A flow runs as often as it is asked to, also side by side, and its runs know nothing of each other.
local flow = Workflow.graph {
  nodes = { a = function(_, n) return Probe.slow(0.02 - n / 1000, n) end, b = function(_, n) return Probe.echo(n * 10) end, c = function(inputs) return inputs.a + inputs.b end },
  edges = { { "a", "c" }, { "b", "c" } },
}
local loop = Workflow.loop { max = 3, body = Workflow.sequence { steps = { flow, function(n) return n // 11 + 1 end } } }
return { map({ 1, 2, 3, 4, 5 }, flow.run), parallel { x = function() return loop:run(1) end, y = function() return loop:run(5) end } }
