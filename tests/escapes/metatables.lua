-- expect: contained
-- The metatables of others cannot be had or changed.
local reply, counter = ask("text"), Probe.counter(1)
local _, fault = pcall(Probe.fail, "x")
local task = spawn(function() end)
for name, value in pairs { text = "", G = _G, reply = reply, counter = counter, Probe = Probe, Json = Json, Run = Run, fault = fault, task = task, null = Json.null } do
  local meta = getmetatable(value)
  if type(meta) == "table" and rawget(meta, "__index") and not pcall(rawset, meta, "__index", nil) then return name end
  local ok = pcall(setmetatable, value, { __index = function() return "stolen" end })
  if ok and name ~= "fault" then return "set " .. name end
end
pcall(function() getmetatable("").__index = function() return "stolen" end end)
if ("abc"):upper() ~= "ABC" then return "the metatable of strings" end
if Probe.echo("x") ~= "x" or tostring(reply) ~= "text" or counter:next() ~= 2 then return "it broke" end
return "contained"
