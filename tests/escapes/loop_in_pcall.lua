-- expect: timeout
-- limits: turn=0.1
while true do pcall(function() while true do end end) end
