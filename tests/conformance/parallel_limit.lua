local fns = {}
for i = 1, 12 do fns[i] = function() return Probe.slow(0.005, i) end end
return #parallel(fns, { limit = 3 })
