-- A step runs once; who calls it again gets the same value, in a copy of its own.
local runs = 0
local function build()
  runs = runs + 1
  return { runs = runs, list = { 1, 2.5, "x" }, empty = Json.list {}, none = Json.null, ["$key"] = true }
end
local first = step("build", build)
first.list[1] = "changed"
local second = step("build", function() fail("never called") end)
return { first, second, runs, step("other", function() return 3 end), step("nothing", function() end) == nil }
