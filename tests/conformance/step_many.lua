-- 2,000 steps at once, and 2,000 that wait for one.
local list = {}
for i = 1, 2000 do list[i] = i end
local each = map(list, function(n) return step("step " .. n, function() return n end) end, { limit = 2000 })
local all = map(list, function() return step("one", function() return Probe.slow(0.01, 7) end) end, { limit = 2000 })
return { each[2000], all[1] + all[2000], step("step 77", print) }
