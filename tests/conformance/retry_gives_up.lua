-- The last error is raised, with its own line, the line of retry, and how often it was tried.
local function connect(attempt)
  Watch.note(attempt)
  Probe.fail("no answer", "http") -- HERE
end

retry({ wait = 0.001 }, connect)
