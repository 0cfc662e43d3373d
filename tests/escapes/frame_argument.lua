-- expect: contained
-- A call, an answer or a text that is larger than a frame is an error at its place.
local tried = attempt(function() return Probe.echo(("x"):rep(2000000)) end)
if tried.ok then return "it went through" end
return Probe.echo("contained")
