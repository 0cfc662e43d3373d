-- 10,000 tasks at once; their calls take turns.
local tasks = {}
for i = 1, 10000 do tasks[i] = spawn(function() return Probe.echo(i) end) end
local sum = 0
for _, task in ipairs(tasks) do sum = sum + task:wait() end
return sum
