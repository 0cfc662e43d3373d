-- What a spell finds as globals stays what it is, whatever way it is assigned; a name of its own can be added by `rawset`.
local function refused(fn)
  return attempt(fn).error.message
end
local found = {
  refused(function() map = {} end), refused(function() Fs = nil end), refused(function() step = 1 end),
  refused(function() string = {} end), refused(function() function print() end end), refused(function() y = 5 end),
  refused(function() _G.map = {} end), refused(function() _ENV["Log"] = 1 end), refused(function() rawset(_G, "race", 1) end),
  refused(function() setmetatable(_G, {}) end), refused(function() table.insert(_G, 1) end), refused(function() return _G.mapp end),
}
rawset(_G, "mine", 1)
mine = mine + 1
local names, same = {}, rawget(_G, "map") == map and rawget(_G, "nothing") == nil and _ENV == _G and _G._G == _G
for name, value in pairs(_G) do
  same = same and value == _G[name]
  names[name] = true
end
for name in next, _G do names[name] = nil end
return { found, mine, same, next(names) == nil, next(_G) ~= nil, refused(function() return Json.encode { _G } end) }
