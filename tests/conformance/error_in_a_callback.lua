-- An error inside a function that a verb called, inside one that the host called.
map({ 1 }, function()
  Probe.apply(function()
    fail("deep inside") -- HERE
  end)
end)
