-- Where an op wants data, a function is refused; where it wants a function, data is.
local data = attempt(function() return Probe.typed("a", 1, { items = { print } }) end)
local fn = attempt(function() return Probe.apply("print") end)
local none = attempt(function() return Probe.apply() end)
return { data.error.kind, fn.error.kind, fn.error.message, none.error.kind }
