-- A wrong duration is refused even where the function ends at once, and before it begins.
local began = 0
local function told(duration)
  local tried = attempt(function() return timeout(duration, function() began = began + 1 return "in time" end) end)
  return tried.ok and tried.value or tried.error.kind .. " " .. tried.error.message:gsub("got an? %a+", "got neither")
end
local found = {}
for i, duration in ipairs { 5, 0, 0.5, "5", "1.5", "30s", "1h30m", "1d2h3m4s5ms", "250ms" } do found[i] = told(duration) end
for _, duration in ipairs { "soon", "", "5 s", "30s1h", "1m1m", "5.s", "s", "5m!", {}, true, -1, "4000d", math.huge } do
  found[#found + 1] = told(duration):gsub("got [%a]+$", "got that")
end
return { found, began }
