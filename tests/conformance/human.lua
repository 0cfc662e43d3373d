local function kind(fn)
  local tried = attempt(fn)
  return tried.ok and "ok" or tried.error.kind .. ": " .. tried.error.message
end
return {
  kind(function() return approve("Go on?", { details = { n = 1 }, timeout = "20ms" }) end),
  kind(function() return Human.approve("Go on?", { timeout = "20ms" }) end),
  kind(function() return Human.ask("Who?", { timeout = 0.02 }) end),
  kind(function() return Human.choose("Which?", { "a", "b" }, { timeout = "20ms" }) end),
  kind(function() return Human.review("A text", { title = "A title", timeout = "20ms" }) end),
  kind(function() return timeout("20ms", function() return approve("Go on?") end) end),
  race { function() return approve("Go on?") end, function() sleep("20ms") return "slept" end },
  kind(function() return approve("") end),
  kind(function() return approve("Go on?", { timeout = "soon" }) end),
  kind(function() return Human.choose("Which?", {}) end),
  kind(function() return Human.review("x", { title = ("t"):rep(300) }) end),
}
