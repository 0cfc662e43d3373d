local what = spell { params = { what = "string" } }.what
local function refused(name, fn)
  local tried = attempt(fn)
  if tried.ok then fail(what .. ": " .. name .. " went through") end
end
refused("outside", function() return Fs.read("../outside.txt") end)
refused("passwd", function() return Fs.read("/etc/passwd") end)
refused("hidden", function() return Fs.read(".env") end)
refused("write", function() return Fs.write("notes/x.txt", "x") end)
refused("itself", function() return Fs.write("child.lua", "x") end)
refused("other", function() return Http.get("http://127.0.0.1:9/") end)
refused("id", function() return System.run({ "id" }) end)
refused("shell", function() return System.run("git log") end)
refused("variables", function() return System.run({ "git", "log", "-1" }, { env = { GIT_PAGER = "id" } }) end)
refused("env", function() return System.env("HIDDEN") end)
refused("state", function() return State.shared("other") end)
refused("secret", function() return Secrets.get("KEY") end)
if what ~= "all" then
  refused("git", function() return System.run({ "git", "log", "-1" }) end)
  refused("shown", function() return System.env("SHOWN") end)
  refused("site", function() return Http.get("http://SITE/page") end)
  refused("team", function() return State.shared("team") end)
end
if what ~= "all" and what ~= "above" then refused("out", function() return Fs.write("out/x.txt", "x") end) end
if what == "nothing" then
  refused("read", function() return Fs.read("notes/a.txt") end)
  refused("exists", function() return Fs.exists("notes/a.txt") end)
  refused("list", function() return Fs.list(".") end)
  refused("glob", function() if #Fs.glob("**/*") == 0 then fail("nothing") end end)
  refused("prompt", function() return Prompt.load("shown") end)
  refused("spell", function() return Run.spell("child", { what = "nothing" }) end)
end
if what == "files" then
  if not Fs.read("notes/a.txt"):find("note") then return "no file" end
  refused("beside", function() return Fs.read("shown.txt") end)
  local again = Run.spell("child", { what = "nothing" }, { allow = {} })
  local wide = attempt(function() return Run.spell("reads", { path = "shown.txt" }, { allow = { read = { "*" }, write = { "*" } } }) end)
  if wide.ok then return "wider" end
  if again ~= "contained" then return again end
end
return "contained"
