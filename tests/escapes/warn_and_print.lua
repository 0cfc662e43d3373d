-- expect: contained
-- What writes to the world writes nothing but output of the spell.
pcall(function() warn("@on") warn("escaped") end)
pcall(print, setmetatable({}, { __tostring = function() error("in print") end }))
pcall(print, setmetatable({}, { __name = "\27[2J" }))
pcall(print, "\xff\xfe")
return "contained"
