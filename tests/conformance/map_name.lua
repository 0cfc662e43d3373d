-- The name of a map is a short text.
local function said(name)
  return attempt(function() map({ 1 }, print, { name = name }) end).error.message:sub(1, 60)
end
return { said(1), said(""), said(string.rep("x", 201)), said({}) }
