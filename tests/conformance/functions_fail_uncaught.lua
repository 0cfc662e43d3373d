-- Uncaught, it ends the spell.
local function run_it()
  return Probe.apply(function() fail("not today", { kind = "refused" }) end) -- HERE
end
run_it()
