-- expect: contained
-- limits: wall=30
-- No name leads to a spell outside of the project, and spells that run themselves come to an end.
local outside = {
  "/etc/passwd", "/tmp/x.lua", "../../../../../../tmp/x.lua", "..", "../..", ".", "", "./.git/x.lua", ".llmspell/x.lua",
  "~/x.lua", "file:///tmp/x.lua", "http://example.com/x.lua", "a\0b.lua", ("x"):rep(5000), ("../"):rep(300) .. "x.lua",
  "con\nfig.lua", "*.lua", "{a,b}.lua", "$(id).lua",
}
for _, name in ipairs(outside) do
  local tried = attempt(function() return Run.spell(name) end)
  if tried.ok or (tried.error.kind ~= "args" and tried.error.kind ~= "permission") then return name end
end
local forged = attempt(function() return Run.spell("children", { input = spell, [1] = 2 }) end)
if forged.ok then return "forged" end
local deep = attempt(function() return Run.spell("children") end)
return "contained"
