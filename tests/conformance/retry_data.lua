-- The data of an error stays, and that of the spell's own is not changed.
local own = { id = 7 }
local first = attempt(function() retry({ times = 1 }, function() error({ kind = "tool", message = "a", data = own }) end) end)
local second = attempt(function() retry({ times = 1 }, function() error({ kind = "tool", message = "b", data = { 1, 2 } }) end) end)
local third = attempt(function() retry({ times = 1 }, function() retry({ times = 2, wait = 0 }, function() fail("c") end) end) end)
return { first.error.data, own.attempts == nil, second.error.data, third.error.data }
