-- To-be-closed variables close when their fiber is cancelled.
local closed = {}
attempt(function()
  timeout(0.02, function()
    local guard <close> = setmetatable({}, { __close = function() closed[#closed + 1] = "closed" end })
    Watch.hang()
  end)
end)
return closed
