-- pairs and next give the keys of a table in one order: the list, numbers, strings, false, true.
local t = { "a", "b", z = 1, a = 2, [-1] = 3, [0.5] = 4, [9] = 5, [true] = 6, [false] = 7 }
local seen, same = {}, {}
for key in pairs(t) do seen[#seen + 1] = tostring(key) end
for key in next, t do same[#same + 1] = tostring(key) end
return { table.concat(seen, " "), table.concat(same, " "), next({}) == nil }
