-- expect: contained
-- What was defined for the spell stays what it is, and no way leads from it to what the engine keeps for itself.
for _, name in ipairs { "ask", "map", "Probe", "Json", "Log", "attempt", "setmetatable", "print" } do
  local before = _G[name]
  pcall(function() _G[name] = false end)
  pcall(rawset, _G, name, false)
  pcall(rawset, before, "echo", function() return "stolen" end)
  pcall(function() before.echo = function() return "stolen" end end)
  pcall(setmetatable, before, { __index = function() return function() return "stolen" end end })
  if _G[name] ~= before then return name end
end
if Probe.echo("x") ~= "x" then return "a member was replaced" end
-- Basic types have no metatable that a spell could reach, and so none that it could give them.
for _, value in ipairs { 1, true, print, coroutine.create(print), "" } do
  if type(getmetatable(value)) == "table" then return "the metatable of a " .. type(value) end
  pcall(setmetatable, value, { __index = { stolen = true } })
  local ok, found = pcall(function() return value.stolen end)
  if ok and found then return "a " .. type(value) .. " was changed" end
end
for _, name in ipairs { "debug", "package", "io", "collectgarbage", "dofile", "loadfile", "newproxy", "python", "warn" } do
  local found = rawget(_G, name)
  if found ~= nil and not (name == "io" and type(found) == "table") then return name end
end
for _, name in ipairs { "dump" } do
  if string[name] ~= nil then return "string." .. name end
end
return "contained"
