-- Where Lua cannot wait, a call is refused before it is made.
local sorted = attempt(function() table.sort({ 3, 1, 2 }, function(a, b) return Probe.echo(a) < Probe.echo(b) end) end)
local replaced = attempt(function() return (("abc"):gsub("%w", function(c) return ask(c) end)) end)
local slept = attempt(function() table.sort({ 2, 1 }, function() sleep(1) end) end)
Log.info("fine")
return { sorted.error.message, replaced.error.message, slept.error.message }
