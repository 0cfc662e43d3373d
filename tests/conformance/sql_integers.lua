-- Lua has integers of 64 bits; JavaScript, like the rest of the bridge, refuses those that a number cannot hold.
local ok, found = pcall(Sql.query, "shop.db", "select id from orders where price = 2.5")
return { ok, ok and found[1].id == 9007199254740993 or found.message }
