-- allow: read=. write=out/ net=SITE run='git log *' env=SHOWN state=team
-- A spell that gets less has less, whatever it says itself, and so has every spell that it runs.
local given = {
  nothing = {}, files = { read = { "notes/", "child.*", "reads.*" } }, all = { read = { "*" }, write = { "*" }, run = { "*" }, env = { "*" }, net = { "*" } },
  above = { read = { "..", "/", "~/" }, write = { "/" } },
}
for name, allow in pairs(given) do
  local found = Run.spell("child", { what = name }, { allow = allow })
  if found ~= "contained" then return name .. ": " .. tostring(found) end
end
for _, allow in ipairs { { read = "notes/" }, { ["*"] = { "*" } }, { read = { 1 } }, { net = { "http://" } }, { read = { "" } }, 5, { "read" } } do
  if attempt(function() return Run.spell("child", { what = "files" }, { allow = allow }) end).ok then return "a wrong list" end
end
return "contained"
