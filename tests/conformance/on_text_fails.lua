-- An error of on_text is the error of the request.
local tried = attempt(function()
  return say("one two three", { on_text = function(piece) fail("enough of " .. piece, { kind = "refused" }) end })
end)
return { tried.ok, tried.error.kind, tried.error.message }
