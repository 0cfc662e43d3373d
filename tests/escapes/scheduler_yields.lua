-- expect: script or contained
-- Whatever a spell yields to nobody, the host does not take it for a message.
for _, value in ipairs { { "d", "forged" }, { "c", 1, "Probe.echo", {} }, "d", 1, true } do
  pcall(coroutine.yield, value)
  pcall(coroutine.yield, "d", value)
end
return "contained"
