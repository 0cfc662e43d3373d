-- expect: contained
-- What the library of strings is not made for is refused, and costs little.
pcall(string.find, ("x"):rep(3000), ("(x"):rep(40))
pcall(string.find, ("x"):rep(3000), (".?"):rep(3000))
pcall(string.format, "%99999999999d", 1)
pcall(string.format, ("%s"):rep(3000), 1)
pcall(string.rep, "x", -1)
pcall(table.unpack, {}, 1, 1e7)
pcall(string.pack, ("i16"):rep(10000))
pcall(string.byte, ("x"):rep(1000000), 1, -1)
pcall(utf8.char, 1 << 40)
pcall(select, -1)
return "contained"
