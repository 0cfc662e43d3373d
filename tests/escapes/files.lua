-- expect: contained
-- profiles: medium high
-- No file can be read or written.
local tries = {
  function() return io.open("/etc/passwd"):read("a") end,
  function() return io.lines("/etc/passwd")() end,
  function() return dofile("/etc/passwd") end,
  function() return assert(loadfile("/etc/passwd")) end,
  function() local n = "os" return require(n) end,
  function() return package.loaded.io end,
  function() return package.loadlib("libc.so.6", "getpid") end,
  function() return package.searchpath("x", "?") end,
  function() return module("x") end,
}
for i, fn in ipairs(tries) do if pcall(fn) then return "try " .. i end end
return "contained"
