-- expect: contained
-- Raw access to what the host gave changes nothing at the host.
pcall(rawset, Probe, "echo", function() return "poison" end)
pcall(rawset, Json, "encode", function() return "poison" end)
pcall(rawset, Run, "id", "poison")
pcall(rawset, Json.null, "x", "poison")
local counter = Probe.counter(5)
for key in next, counter do pcall(rawset, counter, key, 99) end
pcall(rawset, counter, 1, 99)
pcall(rawset, counter, "id", 99)
pcall(rawset, counter, "$handle", 99)
pcall(function() return counter:next() end)
return "contained"
