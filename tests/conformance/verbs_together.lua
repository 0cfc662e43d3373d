-- Each verb inside each other: what ends an outer one ends the inner ones, and errors come out as they were.
local verbs = {
  map = function(fn) return map({ 1 }, fn)[1] end,
  parallel = function(fn) return parallel({ a = fn }).a end,
  race = function(fn) return race({ fn }) end,
  spawn = function(fn) return spawn(fn):wait() end,
  timeout = function(fn) return timeout("10s", fn) end,
  retry = function(fn) return retry({ times = 1 }, fn) end,
  attempt = function(fn)
    local tried = attempt(fn)
    if not tried.ok then fail(tried.error) end
    return tried.value
  end,
}
local count = 0
function verbs.step(fn)
  count = count + 1
  return step("step " .. count, fn)
end
local names = { "attempt", "map", "parallel", "race", "retry", "spawn", "step", "timeout" }
local problems = Json.list {}
for _, outer in ipairs(names) do
  for _, inner in ipairs(names) do
    local function both(fn) return verbs[outer](function() return verbs[inner](fn) end) end
    if both(function() return Probe.echo("value") end) ~= "value" then problems[#problems + 1] = outer .. " " .. inner .. ": value" end
    local e = attempt(function() both(function() fail("broken", { kind = "mcp" }) end) end).error
    if e.kind ~= "mcp" or e.message ~= "broken" or e.where.line ~= 26 then problems[#problems + 1] = outer .. " " .. inner .. ": error" end
    local late = attempt(function() timeout(0.001, function() both(function() Watch.hang() end) end) end).error
    if late.kind ~= "timeout" then problems[#problems + 1] = outer .. " " .. inner .. ": timeout" end
    both(function() spawn(function() Watch.hang() end) Probe.echo() end)
  end
end
return { problems, Watch.cancelled() }
