-- expect: timeout or script
-- limits: turn=0.1
return table.concat(setmetatable({}, { __len = function() return math.maxinteger end, __index = function() return "" end }))
