-- expect: contained
-- An answer that is too large for a frame is a fault of the call.
local part = Probe.echo(("x"):rep(400000))
local tried = attempt(function() return Probe.typed(part, 10) end)
if tried.ok then return "it went through" end
return Probe.echo("contained")
