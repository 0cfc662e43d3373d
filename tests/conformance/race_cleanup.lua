-- Those who lose a race have ended when it returns.
local function loser()
  local ok, e = pcall(Watch.hang)
  print("cleans up: " .. e.kind)
  local again = attempt(function() Probe.echo() end)
  print("asks: " .. again.error.kind)
end
race { loser, function() loser() map({ 1, 2 }, loser) end, function() Probe.slow(0.01) end }
print("after the race")
timeout("1s", function() spawn(loser) Probe.slow(0.01) end)
print("after the task")
return Watch.cancelled()
