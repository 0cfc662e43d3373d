-- A call that fails stands in the module that made it.
return { go = function()
  Probe.fail("no") -- HERE
end }
