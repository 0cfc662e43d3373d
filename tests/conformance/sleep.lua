-- Durations are seconds or text.
sleep(0)
sleep(0.01)
sleep("10ms")
sleep("0.01s")
local function refused(duration)
  local tried = attempt(function() sleep(duration) end)
  return { tried.error.kind, tried.error.message }
end
return { refused("soon"), refused(-1), refused({}), refused() }
