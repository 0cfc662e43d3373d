-- Whatever is raised ends the spell with words that say what it was.
local function said(thing) return attempt(function() error(thing) end).error end
return { said({ code = 7 }).message, said(42).message, said(nil).kind, said({ code = 7 }).kind, said(true).message, said({ message = "of its own" }).message }
