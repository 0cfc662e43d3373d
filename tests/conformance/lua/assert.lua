local ok, e = pcall(function() assert(false, "asserted") end)
local tried = attempt(function() assert(nil, "asserted too") end)
local bare = attempt(function() assert(false) end)
return { tostring(e), tried.error.message, bare.error.message }
