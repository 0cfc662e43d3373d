-- expect: contained
-- What runs when garbage is collected cannot keep a finished run alive.
setmetatable({}, { __gc = function() while true do end end })
for i = 1, 10 do setmetatable({}, { __gc = function() Probe.echo(i) end }) end
return "contained"
