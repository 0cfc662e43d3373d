-- The first to end decides, well or not; the others are cancelled.
local quick = race { function() Watch.hang() return "never" end, function() return Probe.slow(0.01, "quick") end }
local at_once = race { function() return "at once" end, function() Watch.hang() end }
local failed = attempt(function() race { function() Watch.hang() end, function() Probe.fail("lost") end } end)
return { quick, at_once, failed.error.message, Watch.cancelled() >= 2 }
