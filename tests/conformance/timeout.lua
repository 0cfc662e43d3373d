-- In time the result, too late an error of kind timeout, and then the work is cancelled.
local good = timeout("5s", function() return Probe.slow(0.001, "in time") end)
local late = attempt(function() timeout("20ms", function() Watch.hang() end) end)
local failing = attempt(function() timeout(5, function() Probe.fail("of its own") end) end)
local instant = timeout(5, function() return "no wait at all" end)
return { good, late.error.kind, late.error.message, failing.error.message, instant, Watch.cancelled() }
