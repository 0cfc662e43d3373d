-- allow: read=. write=out/ run='git --version','echo * x'
-- A program that a rule names is that program with these words, and brings no shell, no variables and no other.
local function refused(what, ...)
  local given = table.pack(...)
  local tried = attempt(function() return System.run(table.unpack(given)) end)
  if tried.ok then error(tostring(what) .. " went through") end
  if tried.error.kind ~= "permission" and tried.error.kind ~= "args" then error(tostring(what) .. ": " .. tried.error.kind) end
end
local commands = {
  "git --version", "git --version; id", { "git" }, { "git", "--versions" }, { "git", "-version" }, { "git", " --version" }, { "git --version" },
  { "/bin/sh", "-c", "git --version" }, { "sh", "-c", "id" }, { "env", "git", "--version" }, { "./git", "--version" }, { "out/git", "--version" },
  { "GIT", "--version" }, { "git\0", "--version" }, { "git", "-c", "alias.x=!id", "--version" }, { "echo" }, { "echo", "a" }, { "echo", "a", "y" },
  { "echo", "a b", "x;id" }, {}, { "" }, "", { "*" }, { "git", "*" },
}
for number, command in ipairs(commands) do refused(number, command) end
refused("PATH", { "git", "--version" }, { env = { PATH = "out" } })
refused("GIT", { "git", "--version" }, { env = { GIT_EXEC_PATH = "out" } })
refused("elsewhere", { "git", "--version" }, { cwd = "/" })
refused("above", { "git", "--version" }, { cwd = ".." })
if System.run({ "git", "--version" }).status ~= 0 then return "git" end
return "contained"
