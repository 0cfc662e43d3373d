-- expect: contained
local seen = 0
for i = 1, 100 do
  setmetatable({}, { __gc = function() seen = seen + 1 error("in a finalizer") end })
end
for _, what in ipairs { "collect", "stop", "restart", "count", "step", "generational", "incremental", "isrunning" } do
  pcall(function() collectgarbage(what) end)
end
pcall(function() collectgarbage("stop") end)
for _ = 1, 20000 do local garbage = { {} } end
return "contained"
