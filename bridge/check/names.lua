-- Returns what a spell sees: each global, and of those with members, what they are and whether reading others fails.

local function members_of(value)
  local names = Json.list({})
  for name in pairs(value) do names[#names + 1] = tostring(name) end
  return { members = names, strict = not pcall(function() return value["no such member"] end) }
end

local found = {}
for name, value in pairs(_G) do
  found[name] = type(value) == "table" and value ~= _G and members_of(value)
end
return found
