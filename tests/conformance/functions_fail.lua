-- The error of a function that the host called comes back through the host as it was.
local tried = attempt(function()
  return Probe.apply(function() fail("not today", { kind = "refused", hint = "come tomorrow" }) end)
end)
local plain = attempt(function() return Probe.apply(function() error("plain") end) end)
return { tried.error.kind, tried.error.message, tried.error.hint, plain.error.kind, plain.error.message }
