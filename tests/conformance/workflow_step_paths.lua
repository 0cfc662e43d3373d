-- An error says which step it comes from, from the outside to the inside; data of the spell's own stays as it is.
local function bad() fail("no") end
local function path(flow)
  local error = attempt(function() return flow:run() end).error
  return error.data and error.data.step or false
end
local function throw(value) return Workflow.sequence { steps = { function() error(value) end } } end
local inner = Workflow.sequence { name = "inner", steps = { function() end, { name = "polish", run = bad } } }
local function data(value)
  local data = attempt(function() return throw { kind = "tool", message = "mine", data = value }:run() end).error.data
  return data
end
return {
  path(inner), path(Workflow.sequence { steps = { inner } }), path(Workflow.sequence { name = "outer", steps = { { name = "first", run = inner } } }),
  path(Workflow.sequence { steps = { function() return inner:run() end } }),
  path(Workflow.parallel { branches = { x = inner } }), path(Workflow.branch { choose = function() return "a" end, branches = { a = bad } }),
  path(Workflow.branch { name = "b", choose = bad, branches = { a = bad } }), path(Workflow.branch { choose = function() return "z" end, branches = {}, default = bad }),
  path(Workflow.loop { max = 3, body = function(_, i) if attempt(bad).ok == false then bad() end end }),
  path(Workflow.loop { name = "l", max = 3, body = function() end, done = bad }), path(Workflow.graph { name = "g", nodes = { n = Workflow.sequence { steps = { inner } } } }),
  data(nil), data({ code = 7 }), data({ step = "my own" }), data(Json.list { 1, 2 }),
}
