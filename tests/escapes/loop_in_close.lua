-- expect: timeout
-- limits: turn=0.1
attempt(function()
  timeout(0.02, function()
    local guard <close> = setmetatable({}, { __close = function() while true do end end })
    sleep(5)
  end)
end)
while true do end
