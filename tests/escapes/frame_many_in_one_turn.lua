-- expect: contained
-- limits: output=5000000
-- Much in one turn is sent in several frames.
local fns = {}
for i = 1, 20 do fns[i] = function() return #Probe.echo(("x"):rep(100000)) end end
for _, size in ipairs(parallel(fns)) do if size ~= 100000 then return "lost" end end
for i = 1, 30 do Log.info(("y"):rep(100000)) end
return "contained"
