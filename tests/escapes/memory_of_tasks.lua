-- expect: memory or timeout
-- limits: turn=1.5
while true do spawn(function() sleep(100) end) end
