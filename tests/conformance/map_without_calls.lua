-- A function that calls nobody is fine; so is one that calls a lot.
local list = {}
for i = 1, 1000 do list[i] = i end
local sum = 0
for _, n in ipairs(map(list, function(n) return n * 2 end)) do sum = sum + n end
return sum
