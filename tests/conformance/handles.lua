-- A handle is an object with methods; both spellings of a call are the same in Lua.
local a, b = Probe.counter(10), Probe.counter()
return { a:next(), a.next(), a:next(5), b:next(), a:next(-7), Probe.counter(100):next(1) }
