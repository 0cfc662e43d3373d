-- expect: timeout
-- limits: turn=0.1
local co = coroutine.wrap(function() while true do end end)
co()
