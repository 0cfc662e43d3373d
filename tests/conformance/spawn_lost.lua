-- A task that failed and was never waited for is not lost: the spell fails with its error.
spawn(function()
  Probe.slow(0.005)
  fail("nobody looked", { kind = "tool" }) -- HERE
end)
Probe.slow(0.05)
return "fine"
