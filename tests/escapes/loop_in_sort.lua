-- expect: timeout or script
-- limits: turn=0.1
table.sort(setmetatable({}, { __len = function() return 1 << 30 end, __index = function() return 1 end, __newindex = function() end }),
  function() return true end)
