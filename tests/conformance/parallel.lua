-- Results under the same keys, for a list and for a map; all at once, or at most limit.
local list = parallel { function() return Probe.slow(0.01, "a") end, function() return Probe.echo("b") end, function() return "c" end }
local named = parallel({ x = function() return Probe.echo(1) end, y = function() return 2 end }, { limit = 1 })
return { list, named, parallel { only = function() end } }
