-- An error inside a coroutine reaches the one who resumed it.
local co = coroutine.create(function() Probe.fail("inside") end)
local ok, e = coroutine.resume(co)
local wrapped = attempt(function() coroutine.wrap(function() Probe.fail("wrapped") end)() end)
return { ok, e.message, wrapped.error.message, coroutine.status(co) }
