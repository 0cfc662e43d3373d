-- Whoever cancels a retry ends its attempt, or its wait for the next one.
local busy = spawn(function() return retry({ wait = 0 }, function() Watch.hang() end) end)
local waiting = spawn(function() return retry({ wait = "1h" }, function(attempt) Watch.note(attempt) fail("no") end) end)
Probe.slow(0.03)
busy:cancel()
waiting:cancel()
local first = attempt(function() busy:wait() end)
local second = attempt(function() waiting:wait() end)
local late = attempt(function() timeout(0.02, function() retry({ wait = "1h" }, function() fail("no") end) end) end)
return { first.error.kind, second.error.kind, late.error.kind, Watch.cancelled() }
