-- expect: timeout
-- limits: turn=0.1
while true do attempt(function() while true do end end) end
