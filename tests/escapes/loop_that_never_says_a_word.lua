-- expect: timeout
-- Each turn is short, and there is no end of them.
-- limits: wall=0.6 calls=1000000
while true do sleep(0.001) end
