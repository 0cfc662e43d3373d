-- A function that returns nothing leaves null in its place.
local results = map({ 1, 2, 3 }, function(n) if n == 2 then return n end end)
return { #results, results }
