-- cancel ends a task and the call that it waits for; waiting for it raises cancelled.
local task = spawn(function()
  Watch.hang()
  print("never")
end)
Probe.echo()
task:cancel()
local tried = attempt(function() return task:wait() end)
task:cancel()
local done = spawn(function() return 7 end)
local value = done:wait()
done:cancel()
return { tried.error.kind, Watch.cancelled(), value, done:wait() }
