-- A caught fault knows its line, too.
local line = attempt(function()
  Probe.fail("no")
end).error.where.line
return line
