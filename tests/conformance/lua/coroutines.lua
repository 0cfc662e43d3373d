-- The coroutines of a script are its own; calls to the host pass through them.
local gen = coroutine.wrap(function()
  for i = 1, 3 do coroutine.yield(Probe.echo(i)) end
end)
local seen = {}
for value in gen do seen[#seen + 1] = value end
local co = coroutine.create(function(a)
  local b = coroutine.yield(Probe.echo(a) + 1)
  return Probe.echo(b)
end)
local _, first = coroutine.resume(co, 10)
local _, second = coroutine.resume(co, "last")
return { seen, first, second, coroutine.status(co), (coroutine.resume(co)) }
