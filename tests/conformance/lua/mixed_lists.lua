-- A table that mixes keys is no list: a verb that went by its length would lose a part of the work.
local function one() return 1 end
local function refused(fn)
  local tried = attempt(fn)
  return tried.error.kind .. " " .. tried.error.message
end
local flow = function() return Workflow.graph { nodes = { a = one, b = { run = one, depends_on = { "a", [3] = "c" } } } } end
return {
  refused(function() map({ [1] = 1, [2] = 2, [5] = 5 }, one) end),
  refused(function() map({ 1, 2, x = 3 }, one) end),
  refused(function() map({ 1, 2, [2.5] = 3, z = 1 }, one) end),
  refused(function() parallel { one, a = one } end),
  refused(function() race { one, a = one } end),
  refused(function() retry({ on = { "http", more = "model" } }, one) end),
  refused(function() Workflow.sequence { steps = { one, x = one } } end),
  refused(flow),
  refused(function() Workflow.graph { nodes = { a = one, b = one }, edges = { { "a", "b", to = "c" } } } end),
  map({ 1, nil, 3 }, function(x) return x or "none" end),
  map(setmetatable({ name = "odd" }, { __len = function() return 2 end, __index = function(_, i) return i * 10 end }), function(x) return x end),
}
