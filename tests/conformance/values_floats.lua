local list = { 0.1, -0.5, 1e300, -1e-300, 5e-324, 1.7976931348623157e308, 3.141592653589793 }
local back = Probe.echo(list)
for i, n in ipairs(list) do assert(back[i] == n) end
return back
