-- expect: timeout
-- limits: wall=0.5
while true do pcall(sleep, 10) end
