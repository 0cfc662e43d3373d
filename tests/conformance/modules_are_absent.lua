-- Code comes from modules of the project, and from nowhere else.
local kinds = {}
for i, fn in ipairs {
  function() local n = "lib.util" return require(n) end, function() return io.open("/etc/passwd") end, function() return package.path end,
  function() return debug.getinfo(1) end, function() return dofile("x.lua") end, function() return loadfile("x.lua") end,
  function() return os.execute("true") end, function() return os.getenv("HOME") end, function() return string.dump(print) end,
} do
  local tried = attempt(fn)
  kinds[i] = tried.ok and "there" or tried.error.kind
end
return kinds
