-- expect: contained
-- profiles: medium high
-- No process can be started and none can be ended.
local tries = {
  function() return os.execute("touch escaped") end,
  function() return io.popen("id"):read("a") end,
  function() return os.getenv("PATH") end,
  function() return os.tmpname() end,
  function() return os.rename("a", "b") end,
  function() return os.remove("a") end,
  function() return os.setlocale("C") end,
  function() return io.read() end,
  function() return io.write("escaped") end,
  function() return io.stderr:write("escaped") end,
}
for i, fn in ipairs(tries) do if pcall(fn) then return "try " .. i end end
return "contained"
