-- expect: contained
-- No bytecode is loaded, in whole or in pieces, and none can be made.
if rawget(string, "dump") then return "string.dump" end
local load = rawget(_G, "load")
if not load then return "contained" end
local head = "\27Lua\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08"
for _, mode in ipairs { "b", "bt", "t", "" } do
  local ok, fn = pcall(load, head .. ("\0"):rep(100), "x", mode)
  if ok and fn then return "loaded " .. mode end
end
local pieces = { "\27", "Lua\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08", ("\0"):rep(100) }
local ok, fn = pcall(load, function() return table.remove(pieces, 1) end, "x", "b")
if ok and fn then return "loaded in pieces" end
ok, fn = pcall(load, "\239\187\191\27Lua", "x")
if ok and fn then return "loaded after a mark" end
return "contained"
