-- An uncaught fault ends the spell with the line of the call.
local function inner()
  Probe.fail("no more", "budget") -- HERE
end
inner()
