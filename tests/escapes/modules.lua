-- expect: contained
-- No name that is computed leads to a file.
local names = {
  "/etc/passwd", "../secret", "lib.util", "", ".", "..", "os", "io", "package", "\0", "\255", "a\nb", "__index", "_G", "lib/x.json",
  ("x"):rep(100000), ("a."):rep(10000),
}
for _, name in ipairs(names) do
  if pcall(require, name) then return "loaded " .. name end
end
for _, value in ipairs { 1, true, {}, print, setmetatable({}, { __tostring = function() return "lib.util" end }) } do
  if pcall(require, value) then return "loaded " .. type(value) end
end
if pcall(require) then return "loaded nothing" end
return "contained"
