-- 10,000 tasks that hang end with the function that began them; those whose call was never sent cost nothing.
for _ = 1, 10000 do spawn(function() Watch.hang() end) end
Probe.echo()
return "done"
