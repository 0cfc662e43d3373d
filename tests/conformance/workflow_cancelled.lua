-- A flow that is cancelled ends in all of its depth, and begins nothing more.
local deep = Workflow.sequence { steps = { function() Watch.hang() end, function() Watch.note("never") end } }
local flow = Workflow.loop { max = 5, body = Workflow.parallel { on_error = "keep", branches = { a = deep, b = { run = deep, on_error = "keep" } } } }
local winner = race { function() return flow:run() end, function() return Probe.slow(0.01, "first") end }
local task = spawn(function() return flow:run() end)
Probe.echo(1)
task:cancel()
local ended = attempt(function() return task:wait() end)
return { winner, ended.error.kind, Watch.cancelled() }
