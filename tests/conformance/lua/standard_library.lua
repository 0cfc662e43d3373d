-- The safe libraries are there.
local names = {}
for _, lib in ipairs { "string", "table", "math", "utf8", "coroutine", "os" } do
  local ok = pcall(function() return _G[lib] end)
  names[#names + 1] = ok and lib or nil
end
return { table.concat(names, " "), _VERSION, select("#", 1, 2), #("x"):rep(3), utf8.len("żó"), math.type(1), tonumber("0x10"), next({ 1 }), type(os.time()), type(os.clock()), type(os.date()) }
