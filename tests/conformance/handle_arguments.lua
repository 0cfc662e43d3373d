-- Wrong arguments of a method are named as those of any op; the handle itself is not counted.
local counter = Probe.counter()
local tried = attempt(function() return counter:next("far") end)
return { tried.error.kind, tried.error.message }
