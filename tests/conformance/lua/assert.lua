-- What assert raises is told without its place, which is in `where`.
local tried = attempt(function() assert(nil, "asserted") end)
local bare = attempt(function() assert(false) end)
local table_ = attempt(function() assert(false, { kind = "tool", message = "in a table" }) end)
return { tried.error.message, tried.error.where.line, bare.error.message, table_.error.kind, assert(1, 2) }
