-- An error goes up through all verbs with its own line, and the line of each.
local function work() Probe.fail("deep") end -- HERE
local function steps() return step("s", work) end
local function retries()
  return retry({ times = 2, wait = 0 }, steps)
end
local function times()
  return timeout("5s", retries)
end
local function races()
  return race({ times, function() Watch.hang() end })
end
local function all()
  return parallel({ a = races })
end
map({ 1 }, all)
