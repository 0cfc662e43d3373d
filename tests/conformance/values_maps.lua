-- Keys are text of any kind, and none of them is special.
local map = {
  [""] = 1, a = 2, ["1"] = 3, ["żółć 👩‍🚀"] = 4, __proto__ = 5, constructor = 6, toString = 7, length = 8, __index = 9, ["then"] = 10,
  __gc = 11, ["a.b"] = 12,
}
local back = Probe.echo(map)
for key, value in pairs(map) do assert(back[key] == value, key) end
local wide = {}
for i = 1, 300 do wide["k" .. i] = i end
assert(Probe.echo(wide).k300 == 300)
return { back, {}, { inner = {} }, { null = Json.null } }
