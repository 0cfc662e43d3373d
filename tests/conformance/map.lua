-- Results come in the order of the items, whatever takes longest; 8 run at once unless said.
local list = {}
for i = 1, 20 do list[i] = i end
return map(list, function(n) return Probe.slow((21 - n) / 1000, n * n) end)
