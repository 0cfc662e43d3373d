-- expect: contained
-- The parser gives up cleanly.
local load = rawget(_G, "load")
if load then
  load("return " .. ("("):rep(100000))
  load("return " .. ("{"):rep(100000))
  load(("a="):rep(100000))
  load("return " .. ("not "):rep(100000) .. "1")
  load(("do "):rep(100000))
  load("return " .. ("function() "):rep(100000))
end
return "contained"
