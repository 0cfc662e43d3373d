-- expect: contained
local tried = attempt(function() return Probe.apply(function() return ("x"):rep(2000000) end) end)
if tried.ok then return "it went through" end
local failed = attempt(function() return Probe.apply(function() error(("x"):rep(2000000)) end) end)
if failed.ok then return "it went through" end
return Probe.echo("contained")
