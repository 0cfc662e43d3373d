-- Two tasks that wait for each other wait for ever, and that is said.
local a, b
a = spawn(function() Probe.echo() return b:wait() end)
b = spawn(function() return a:wait() end)
print("waiting")
a:wait()
