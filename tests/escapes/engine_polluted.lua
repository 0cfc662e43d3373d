-- expect: contained
-- What is named like a part of a metatable is data, on the way to the host and back, and no table gets a metatable by it.
local NAMES = { "__index", "__newindex", "__metatable", "__gc", "__mode", "__call", "__close", "__name", "__pairs", "__len" }
local sent = { list = { {} } }
for i, name in ipairs(NAMES) do sent[name], sent.list[1][name] = i, i end
local text = Json.encode(sent)
for _, back in ipairs { Probe.echo(sent), Probe.echo({ sent })[1], Json.decode(text), Probe.apply(function(x) return x end, { sent }) } do
  for i, name in ipairs(NAMES) do
    if back[name] ~= i or back.list[1][name] ~= i then return "changed " .. name end
  end
  for _, each in ipairs { back, back.list, back.list[1] } do
    if getmetatable(each) ~= nil then return "a metatable" end
    if each.anything ~= nil then return "an answer from elsewhere" end
  end
end
-- A table with a metatable of the spell is read as it is: nothing of the spell runs, and nothing behind it is sent.
local ran = false
local function run() ran = true end
local object = setmetatable({ a = 1 }, { __index = run, __pairs = run, __len = run, __name = "x", __call = run })
attempt(function() return Probe.echo(object) end)
for _, options in ipairs { { __index = { limit = 1 } }, setmetatable({}, { __index = { limit = 0 } }) } do
  attempt(function() return map({ 1 }, function(n) return n end, options) end)
end
return ran and "it ran" or "contained"
