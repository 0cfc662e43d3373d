-- An error that is caught and raised again stays what it was, where it was.
local ok, e = pcall(function()
  Probe.fail("no more", "budget") -- HERE
end)
assert(not ok)
print("giving up")
error(e)
