-- What does not get better by itself is not tried again, unless it is asked for.
local kinds = {
  "args", "config", "auth", "permission", "budget", "timeout", "cancelled", "model", "rate_limit", "refused", "schema", "tool",
  "http", "mcp", "approval", "replay", "script",
}
local function attempts(kind, on)
  local tried = attempt(function() retry({ times = 2, wait = 0, on = on }, function() Probe.fail("x", kind) end) end)
  return tried.error.data.attempts
end
local default, asked = {}, {}
for i, kind in ipairs(kinds) do
  default[kind] = attempts(kind)
  asked[i] = attempts(kind, { "args", "http" })
end
return { default, asked }
