-- A step that takes too long is cancelled, and fails; the time is that of one attempt.
local slow = { run = function() Watch.note("slow") Watch.hang() end, timeout = "20ms" }
local late = attempt(function() return Workflow.sequence { name = "s", steps = { slow } }:run() end).error
local kept = Workflow.graph { on_error = "keep", nodes = { a = slow, b = function() return Probe.slow(0.05, "in time") end } }:run()
local whole = attempt(function() return timeout("20ms", Workflow.parallel { branches = { a = function() Watch.hang() end, b = function() Watch.hang() end } }.run) end).error
local again = { run = slow.run, timeout = "5ms", retry = { times = 3, wait = 0, on = { "timeout" } } }
local thrice = attempt(function() return Workflow.sequence { steps = { again } }:run() end).error
local inner = Workflow.sequence { name = "inner", steps = { function() Watch.hang() end } }
return {
  { late.kind, late.message, late.data.step }, { kept.ok, kept.failed[1].error.kind }, { whole.kind, whole.data or false }, { thrice.kind, thrice.data },
  attempt(function() return Workflow.sequence { steps = { { run = inner, timeout = "5ms" } } }:run() end).error.data.step, Watch.cancelled(),
}
