-- expect: contained
-- A table cannot be made weak: not with a name that no source has, and not for a moment in which nobody looks.
local function weakened(mode, set)
  local mt = {}
  local held = setmetatable({}, mt)
  held[{}] = 1
  held[1] = {}
  set(mt, "__mo" .. "de", mode)
  local i = 0
  while i < 3e5 do
    i = i + 1
    local _ = { i, {} }
  end
  mt["__mo" .. "de"] = nil
  local left = 0
  for key in next, held do left = left + 1 end
  return left ~= 2
end

for _, mode in ipairs { "k", "v", "kv" } do
  assert(not weakened(mode, rawset), mode)
  assert(not weakened(mode, function(t, key, value) t[key] = value end), mode)
end

-- Nor does a finaliser run that comes later, or from behind another table.
local ran = false
local mt = {}
do local _ = setmetatable({}, mt) end
mt["__" .. "gc"] = function() ran = true end
do local _ = setmetatable({}, setmetatable({}, { __index = { __gc = mt.__gc } })) end
for i = 1, 3e5 do local _ = { i } end
assert(not ran)
return "contained"
