-- Where the one that runs a step is cancelled, the next that waits for it runs it.
local function runs(name)
  return function() return step("shared", function() Watch.note(name) return Probe.slow(0.02, name) end) end
end
local first, second, third = spawn(runs("first")), spawn(runs("second")), spawn(runs("third"))
Probe.echo()
first:cancel()
return { second:wait(), third:wait(), attempt(function() first:wait() end).error.kind }
