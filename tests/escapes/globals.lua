-- expect: contained
-- What is there is what ought to be there.
local allowed = {}
for name in ([[assert collectgarbage error getmetatable ipairs load next pairs pcall print rawequal rawget rawlen rawset select setmetatable
  tonumber tostring type xpcall warn _G _VERSION coroutine math os string table utf8 Json Log Probe Run ask attempt fail map parallel race say sleep spawn
  spell timeout Config Event Fs Http Prompt Secrets Sql State System Text Workflow approve Human io require retry step]]):gmatch("[%w_]+") do allowed[name] = true end
for name in next, _G do if not allowed[name] then return "global " .. tostring(name) end end
for _, name in ipairs { "debug", "package", "dofile", "loadfile", "python", "lupa", "module", "unpack", "_ENV" } do
  if rawget(_G, name) ~= nil then return "global " .. name end
end
if rawget(string, "dump") then return "string.dump" end
for name in next, rawget(_G, "os") or {} do
  if not ("time clock date difftime"):find(name) then return "os." .. name end
end
return "contained"
