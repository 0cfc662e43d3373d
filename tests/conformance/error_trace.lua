-- The trace has the spell's own frames, innermost first, and none of ours.
local function inner() Probe.fail("deep") end -- HERE
local function outer()
  inner()
  return 1
end

outer()
