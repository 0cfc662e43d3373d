-- The value of a step must be data; the error names the step, and the next call runs it again.
local function said(value)
  local e = attempt(function() step("bad", function() return value end) end).error
  return e.kind .. ": " .. e.message
end
local loop = {}
loop.loop = loop
return {
  said(function() end), said({ deep = { fn = function() end } }), said(loop), said(0 / 0), said(Probe.counter()),
  said(Probe), step("bad", function() return "good" end),
}
