-- The first failure cancels the others and is raised.
local tried = attempt(function()
  parallel { a = function() Watch.hang() end, b = function() Probe.slow(0.01) fail("b failed") end, c = function() Watch.hang() end }
end)
return { tried.error.message, Watch.cancelled() }
