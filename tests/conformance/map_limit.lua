local list = {}
for i = 1, 9 do list[i] = i end
local two = map(list, function(n) Watch.note(n) return Probe.slow(0.002, n) end, { limit = 2 })
return { #two, #map({ 1 }, function() return 1 end, { limit = 100 }) }
