-- What counts something is an integer, also one that Lua wrote as a float.
local function same(x) return x end
local calls = 0
local function fails()
  calls = calls + 1
  error("no")
end
local n = 4
local tried = attempt(function() return retry({ times = n / 2, wait = 0 }, fails) end)
local function refused(limit)
  return attempt(function() return map({ 1 }, same, { limit = limit }) end).error.message
end
return {
  map({ 1, 2 }, same, { limit = 1e2 }), parallel({ function() return 1 end }, { limit = n / 2 }), calls, tried.error.data.attempts,
  Workflow.loop({ max = n / 2, body = function(x) return x + 1 end }).run(0),
  refused(1.5), refused(-2.0), refused(1e300), refused("2"), refused(math.huge),
}
