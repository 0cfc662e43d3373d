-- expect: memory
-- limits: turn=1.5
local fs = {}
while true do fs[#fs + 1] = function() return fs end end
