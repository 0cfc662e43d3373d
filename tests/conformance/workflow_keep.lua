-- Where failures are kept, all others go on, and the result says what became of each; the order is that of the names.
local function short(result)
  for _, each in ipairs(result.failed) do each.error = each.error.kind .. ": " .. each.error.message .. " in " .. each.error.data.step end
  return result
end
local function late() Probe.slow(0.02) fail("late") end
local all = Workflow.parallel { on_error = "keep", branches = { b = late, c = function() return 3 end, d = function() fail("soon", { kind = "tool" }) end } }
local one = Workflow.parallel { name = "one", branches = { a = { run = late, on_error = "keep" }, b = function() return 2 end } }
local strict = Workflow.parallel { on_error = "keep", branches = { a = late, b = { run = function() fail("at once") end, on_error = "stop" } } }
return { short(all:run()), short(one:run()), attempt(function() return strict:run() end).error.message }
