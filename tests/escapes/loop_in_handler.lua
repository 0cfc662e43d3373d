-- expect: timeout
-- limits: turn=0.1
xpcall(function() while true do end end, function() while true do end end)
while true do end
