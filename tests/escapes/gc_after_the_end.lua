-- expect: contained
-- Nothing runs when garbage is collected: not at the end of a run, and not before.
local seen = 0
for _, field in ipairs { "__gc", "__mode" } do
  for i = 1, 10 do
    pcall(setmetatable, {}, { [field] = function() seen = seen + 1 while true do end end })
    local late = {}
    pcall(setmetatable, {}, late)
    late[field] = function() while true do end end
  end
end
for _ = 1, 20000 do local garbage = { {} } end
return seen == 0 and "contained" or "a finaliser ran"
