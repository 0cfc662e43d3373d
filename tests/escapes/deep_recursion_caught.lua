-- expect: contained
local function down(n) return 1 + down(n + 1) end
for _ = 1, 5 do pcall(down, 1) end
local function attempts(n) return attempt(function() return attempts(n + 1) end) end
pcall(attempts, 1)
local function wraps(n) return coroutine.wrap(function() return wraps(n + 1) end)() end
pcall(wraps, 1)
return "contained"
