-- expect: output or memory
-- limits: turn=1.5
local line = ("x"):rep(1000)
while true do print(line) end
