-- A call is fine wherever Lua can wait: in metamethods, iterators, pcall.
local lazy = setmetatable({}, { __index = function(_, key) return Probe.echo(key) end, __call = function(_, x) return Probe.echo(x) end })
local list = {}
for n in function(_, n) n = (n or 0) + 1 if n < 4 then return Probe.echo(n) end end do list[#list + 1] = n end
local ok, value = pcall(Probe.echo, 5)
local fine, message = xpcall(Probe.fail, function(e) return "handled " .. tostring(e) end, "it")
return { lazy.key, lazy(4), list, ok, value, fine, message }
