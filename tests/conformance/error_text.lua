-- An error that is plain text keeps its text without the place, which is in `where`.
local tried = attempt(function()
  error("out of ink")
end)
local plain = attempt(function() error("no place", 0) end)
return { tried.error.kind, tried.error.message, tried.error.where.line, plain.error.message }
