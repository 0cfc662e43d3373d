-- expect: timeout
-- limits: turn=0.1
-- The encoder of the host meets a table whose metamethods never end.
local endless = setmetatable({}, {
  __index = function() while true do end end, __len = function() while true do end end, __pairs = function() while true do end end,
})
Probe.echo(endless)
while true do end
