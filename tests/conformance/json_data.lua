-- Empty lists and maps stay what they are, of equal keys the last one counts, and 64 levels are the limit.
local deep = string.rep("[", 64) .. string.rep("]", 64)
local value = Json.decode('{"list": [], "map": {}, "none": null, "twice": 1, "twice": 2, "": {"__proto__": [{}, []]}}')
return {
  Json.encode(value.list), Json.encode(value.map), value.none == Json.null, value.twice, Json.encode(value[""]),
  Json.encode(Json.decode(deep)) == deep, attempt(function() return Json.decode("[" .. deep .. "]") end).error.message,
  Json.encode({ a = Json.list {}, b = {} }, { pretty = true }),
}
