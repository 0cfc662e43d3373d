-- A fault of a call is raised at the call; it can be caught, and says what it is.
local ok, e = pcall(Probe.fail, "it is full", "http")
assert(not ok)
local tried = attempt(function() Probe.fail("it is full") end)
return { type(e), tostring(e), e.kind, e.message, e.hint, e.retryable, tried.error.kind }
