-- A wrong argument is blamed on the line of the call.
local function helper(text)
  return Probe.typed(text) -- HERE
end

helper(5)
