-- Text that is no JSON, and values that cannot be JSON, are errors.
local kinds = {}
for i, text in ipairs { "", "{", "[1,]", "{'a':1}", "nul", "1 2", "NaN", "Infinity", "01", "\"\\x\"", "\"a\nb\"", "{\"a\" 1}", "[1", "\"", "1.", "-" } do
  local tried = attempt(function() return Json.decode(text) end)
  kinds[i] = tried.ok and text or tried.error.kind
end
local cycle = {}
cycle.self = cycle
for i, value in ipairs { cycle, 0 / 0, math.huge, print, { print }, "\xff" } do
  local tried = attempt(function() return Json.encode(value) end)
  kinds[#kinds + 1] = tried.ok and i or tried.error.kind
end
return kinds
