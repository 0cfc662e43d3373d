-- attempt gives a value or an error, never both.
local good = attempt(function() return 1 end)
local nothing = attempt(function() end)
local bad = attempt(function() fail("it broke", { kind = "http", hint = "mend it" }) end)
return { good.ok, good.value, good.error == nil, nothing.ok, nothing.value == nil, bad.ok, bad.value == nil, bad.error.kind, bad.error.message, bad.error.hint }
