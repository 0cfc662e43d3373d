-- expect: contained
-- As many as want to may wait; the host sees no more than its limit.
local fns = {}
for i = 1, 400 do fns[i] = function() return Probe.echo(i) end end
parallel(fns)
return "contained"
