-- Who names a kind that there is not is told which there are.
local function failed_as(kind) return attempt(function() fail("x", { kind = kind }) end).error end
return { failed_as("odd").hint, failed_as("http").kind }
