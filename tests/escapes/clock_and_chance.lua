-- expect: contained
-- The clock and chance give numbers or errors; they do not break anything.
pcall(math.randomseed)
pcall(math.randomseed, 1, 2)
pcall(math.random, 0)
pcall(math.random, 1, math.maxinteger)
pcall(function() return os.date(("%c"):rep(1000)) end)
pcall(function() return os.date("%Ez") end)
pcall(function() return os.date("*t", 1 << 60) end)
pcall(function() return os.time({ year = 1 << 60, month = 1, day = 1 }) end)
return "contained"
