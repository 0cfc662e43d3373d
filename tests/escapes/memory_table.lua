-- expect: memory
-- limits: turn=1.5
local t = {}
while true do t[#t + 1] = { #t } end
