-- The error of an undefined name can be caught like any other.
local tried = attempt(function() return nobody end)
local called = attempt(function() return nobody.home() end)
return { tried.error.kind, tried.error.message, called.error.message }
