-- A handle in data is refused.
local tried = attempt(function() return Probe.echo { Probe.counter() } end)
return { tried.ok, tried.error.kind }
