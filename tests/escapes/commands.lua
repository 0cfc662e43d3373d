-- expect: contained
-- profiles: medium high
-- No form of a command starts a program that nobody has granted, and no variable is read.
local commands = {
  "id", "touch escaped", "", " ", "\n", "$(id)", "`id`", ";id", "id #", "*", "a\0b", ("x "):rep(20000),
  { "id" }, { "/usr/bin/id" }, { "sh", "-c", "id" }, { "/bin/sh", "-c", "id" }, { "env", "id" }, { "*" }, { "" }, {}, { "id", "*" }, { "../../bin/id" },
  { "a\0b" }, { ("x"):rep(100000) }, { { "id" } }, { 1 }, { id = "id" }, 1, true, print, { "/proc/self/exe" }, { "python3", "-c", "1" },
}
local options = { {}, { cwd = "." }, { env = { PATH = "." } }, { input = "id" }, { cwd = "/" } }
for number, command in ipairs(commands) do
  local tried = attempt(function() return System.run(command, options[number % #options + 1]) end)
  if tried.ok then return "escaped by " .. number end
  if tried.error.kind ~= "permission" and tried.error.kind ~= "args" and tried.error.kind ~= "script" then return tried.error.message end
end
for _, name in ipairs { "PATH", "HOME", "*", "", "LD_PRELOAD", "PATH\0", "PA*H", "[P]ATH" } do
  if attempt(function() return System.env(name) end).ok then return "escaped by " .. name end
end
if attempt(function() return System.temporary() end).ok then return "escaped by a temporary file" end
for _, name in ipairs { "execute", "getenv", "tmpname", "remove", "rename" } do
  local ok, value = pcall(function() return os[name] end)
  if ok and value then return "os." .. name end
end
return "contained"
