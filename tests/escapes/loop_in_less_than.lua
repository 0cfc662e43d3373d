-- expect: timeout
local odd = setmetatable({}, { __lt = function() while true do end end, __le = function() while true do end end })
table.sort({ odd, odd, odd }, function(a, b) return a < b end)
