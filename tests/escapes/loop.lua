-- expect: timeout
-- limits: turn=0.1
while true do end
