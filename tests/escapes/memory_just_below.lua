-- expect: any
-- Memory is filled to the brim, and then the host has something to say.
local hoard = {}
pcall(function() while true do hoard[#hoard + 1] = ("x"):rep(1000) .. #hoard end end)
for i = #hoard, #hoard - 5, -1 do hoard[i] = nil end
return Probe.echo(("y"):rep(500000))
