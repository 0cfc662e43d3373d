local list = { 0.1, -0.5, -1e-300, 5e-324, 1e-7, 123456.789, 3.141592653589793, 4503599627370495.5 }
local back = Probe.echo(list)
for i, n in ipairs(list) do assert(back[i] == n) end
return back
