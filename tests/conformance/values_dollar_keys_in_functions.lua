-- A guest function gives its own dollar keys back as they are.
local given = Probe.apply(function(value) return { value, ["$handle"] = nil } end, { { ["$handle"] = 1, ["$x"] = 2 } })
return { given, Probe.apply(function() return { ["$function"] = 3 } end) }
