-- What a step has begun ends with it; what it has lost makes it fail.
local flow = Workflow.sequence { steps = { function() spawn(function() Watch.hang() end) Probe.echo(1) end, function() return Watch.cancelled() end } }
local lost = Workflow.sequence { name = "lost", steps = { function() spawn(function() fail("in the background") end) Probe.slow(0.01) return 1 end } }
local tried = attempt(function() return lost:run() end)
return { flow:run(), tried.error.message, tried.error.data.step }
