-- expect: contained or script
-- profiles: medium high
-- No form of a path leads out of the project, to a key, or to a descriptor.
local outside = {
  "/etc/passwd", "//etc/passwd", "/./etc/passwd", "/../etc/passwd", "../../../../../../etc/passwd", "..", "../", "./..",
  "spells/../../x", "spells/../../../etc/passwd", "/proc/self/environ", "/proc/self/fd/0", "/proc/self/root/etc/passwd",
  "/proc/self/cwd/.git/config", "/proc/thread-self/environ", "/dev/fd/3", "/dev/stdin", "/dev/zero", "/dev/tcp/127.0.0.1/80",
  "/sys/kernel", "~", "~/", "~/.ssh/id_rsa", "~/../root/.bashrc", "file:///etc/passwd", "\\\\server\\share", "C:\\boot.ini",
  ".git/config", "./.git/config", "spells/../.git/config", ".git", ".GIT/config", ".env", ".Env", ".env.local", "id_rsa", "ID_RSA",
  "a/b/../../.git/config", ".llmspell/x", "server.pem", "x.KEY", "/etc/passwd\0.txt", "spells\0", "\0", "", ("a"):rep(5000),
  ("a/"):rep(3000), ("../"):rep(1000), "/proc/1/mem", "tests/../.git/HEAD", "README.md/../.git/HEAD", ".git//HEAD", ".git/./HEAD",
}
local odd = {
  1, 0, -1, 1.5, true, false, Json.null, {}, { "README.md" }, { path = "x" }, setmetatable({}, { __tostring = function() return "x" end }),
  print, coroutine.create(print), "\xff\xfe", math.huge, 0 / 0,
}
local function refused(fn, ...)
  local ok, problem = pcall(fn, ...)
  if ok then error("it went through: " .. tostring((...))) end
  if problem.kind == "script" and not tostring(problem):find("does not exist", 1, true) and not tostring(problem):find("a part of it is a file", 1, true) then
    error(tostring(problem))
  end
end
local acts = { Fs.read, Fs.bytes, Fs.list, Fs.stat, Fs.exists }
for number, path in ipairs(outside) do
  local act = acts[number % #acts + 1]
  refused(act, path)
  refused(Fs.write, path, "x")
  refused(Fs.copy, path, path)
end
for _, path in ipairs(odd) do
  refused(Fs.read, path)
  refused(Fs.glob, path)
  refused(Fs.remove, path, { recursive = true })
end
for _, pattern in ipairs({ "/**", "/*", "../*", "~/*", ".*", ".*/*", "**/.git/*", ".git/*", "[.]git/*", "/proc/*/environ", "**/..", "*/../../*" }) do
  local ok, found = pcall(Fs.glob, pattern)
  for _, path in ipairs(ok and found or {}) do
    if path:find("^/") or path:find("^%.%.") or path:find("%.git/") or path:find("%.env") then error("found " .. path) end
  end
end
return "contained"
