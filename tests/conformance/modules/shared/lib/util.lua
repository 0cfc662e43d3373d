print("util")
local runs = 0
local function count() runs = runs + 1 end
count()
return { double = function(x) return x * 2 end, runs = function() return runs end }
