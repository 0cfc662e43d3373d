-- expect: memory or timeout or budget
local fns = {}
while true do
  for i = 1, 1000 do fns[#fns + 1] = function() return i end end
  spawn(function() Probe.apply(fns[#fns]) end)
end
