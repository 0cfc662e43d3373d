-- A guest function whose result is no data fails at the one who called it.
local tried = attempt(function() return Probe.apply(function() return { 0 / 0 } end) end)
return { tried.ok, tried.error.kind, tried.error.message }
