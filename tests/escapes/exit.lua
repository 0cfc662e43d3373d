-- expect: ended
-- A spell may end early, and nothing that it has open delays that.
local guard <close> = setmetatable({}, { __close = function() while true do end end })
spawn(function() sleep(100) end)
pcall(pcall, os.exit)
while true do end
