-- expect: contained
-- A script that breaks its own library breaks nobody else's.
local echo, keep, next_, type_ = Probe.echo, attempt, next, type
local libs = { string, table, math, coroutine, utf8, os }
for _, lib in ipairs(libs) do
  for name in next_, lib do pcall(rawset, lib, name, function() return "poison" end) end
end
for _, name in ipairs { "type", "pairs", "ipairs", "next", "tostring", "tonumber", "error", "pcall", "xpcall", "select", "setmetatable", "getmetatable",
  "rawget", "rawset", "rawequal", "rawlen", "assert", "load", "print" } do pcall(rawset, _G, name, function() return "poison" end) end
local back = echo { "list", { map = "inner" }, 1.5, true }
if back[2].map ~= "inner" or back[3] ~= 1.5 then return "values" end
local tried = keep(function() Probe.fail("as always") end)
if tried.ok or tried.error.message ~= "as always" or tried.error.kind ~= "tool" then return "faults" end
local list = map({ 1, 2 }, function(n) return echo(n) end)
if list[2] ~= 2 then return "map" end
return "contained"
