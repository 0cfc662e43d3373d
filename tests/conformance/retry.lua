-- A function is called again until it goes well, with the number of the attempt.
local seen = {}
local value = retry({ times = 5, wait = 0.001 }, function(attempt)
  seen[#seen + 1] = attempt
  if attempt < 3 then fail("not yet") end
  return "done"
end)
return { value, seen, retry({}, function(attempt) return attempt end), retry({ times = 1 }, function() return Probe.echo(7) end) }
