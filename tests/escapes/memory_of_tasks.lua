-- expect: memory or timeout
while true do spawn(function() sleep(100) end) end
