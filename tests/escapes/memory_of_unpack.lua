-- expect: contained or memory or script
-- No number of values on the stack, and no packed text, is more than the engine can hold.
local many = {}
for i = 1, 100 do many[i] = i end
pcall(table.unpack, many, 1, 1 << 40)
pcall(table.unpack, many, 1, 1e7)
pcall(string.pack, ("i16"):rep(100000))
pcall(string.pack, "!16 s8", ("x"):rep(1 << 20))
pcall(string.char, table.unpack(many))
pcall(utf8.char, table.unpack(many))
pcall(string.byte, ("x"):rep(1 << 20), 1, -1)
pcall(select, -1, table.unpack(many))
pcall(load, function() return "x = 1 " end)
return "contained"
