-- What an attempt has started ends with it.
local value = retry({ wait = 0 }, function(attempt)
  spawn(function() Watch.hang() end)
  Probe.slow(0.01)
  if attempt < 3 then fail("again") end
  return attempt
end)
return { value, Watch.cancelled() }
