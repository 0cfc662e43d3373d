-- expect: contained
-- The fibers of the host cannot be driven from inside.
local me = coroutine.running()
pcall(coroutine.resume, me)
pcall(coroutine.close, me)
pcall(coroutine.wrap, me)
local other
local task = spawn(function()
  other = coroutine.running()
  return Probe.echo("done")
end)
Probe.echo()
if other then
  pcall(coroutine.resume, other, "forged")
  pcall(coroutine.resume, other, true, "forged")
  pcall(coroutine.close, other)
end
attempt(function() return task:wait() end)
local co = coroutine.create(function(...)
  local a = coroutine.yield("mine")
  return a
end)
coroutine.resume(co)
coroutine.resume(co, Probe.echo(1))
return Probe.echo("contained")
