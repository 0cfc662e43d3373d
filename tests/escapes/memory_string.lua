-- expect: memory
-- limits: turn=1.5
local s = "x"
while true do s = s .. s end
