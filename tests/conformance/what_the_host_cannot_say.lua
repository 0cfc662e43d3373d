-- A result of an op, or an argument for a function, that is no data is a fault of that op and of nothing else.
local result = attempt(function() return Watch.unspeakable() end)
local argument = attempt(function() return Watch.unspeakable(function(x) return x end) end)
return { result.error.kind, result.error.message, argument.error.message, Probe.echo("goes on") }
