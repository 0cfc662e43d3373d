-- At most `limit` branches run at once.
local branches = {}
for i = 1, 9 do branches["b" .. i] = function() Watch.note(i) return Probe.slow(0.001, i) end end
return Workflow.parallel { branches = branches, limit = 2 }:run().b9
