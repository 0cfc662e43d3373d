-- A thousand nodes in a chain, and a thousand side by side.
local nodes, chain, wide, fan = { last = function(inputs, n) return inputs.n1000 + n end }, {}, {}, {}
for i = 1, 1000 do
  nodes["n" .. i] = function(inputs, n) return (inputs["n" .. i - 1] or n) + 1 end
  chain[i] = { i > 1 and "n" .. i - 1 or "n1", i > 1 and "n" .. i or "n2" }
end
chain[#chain + 1] = { "n1000", "last" }
wide.sum = function(inputs)
  local sum = 0
  for _, n in pairs(inputs) do sum = sum + n end
  return sum
end
for i = 1, 1000 do
  wide["n" .. i] = function(_, n) return Probe.echo(n + i) end
  fan[i] = { "n" .. i, "sum" }
end
local deep = function(n) return n + 1 end
for _ = 1, 200 do deep = Workflow.sequence { steps = { deep } } end
return { Workflow.graph { nodes = nodes, edges = chain }:run(5), Workflow.graph { nodes = wide, edges = fan, limit = 100 }:run(0), deep:run(1) }
