-- null is neither a list nor a map of functions nor options.
local function told(fn, ...)
  local args = table.pack(...)
  return attempt(function() return fn(table.unpack(args, 1, args.n)) end).error.message:gsub(" must be.*", "")
end
local function one() return 1 end
local found = {}
for i, call in ipairs { { map, Json.null, one }, { parallel, Json.null }, { race, Json.null }, { map, { 1 }, one, Json.null } } do
  found[i] = told(table.unpack(call))
end
return found
