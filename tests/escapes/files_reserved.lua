-- expect: contained
-- profiles: medium
-- What holds keys, runs by itself or is ours is out of reach in every spelling, and no pattern finds it.
local reserved = {
  ".env", ".ENV", ".Env", ".env.", ".env ", "./.env", "spells/../.env", ".env/", ".env/.", "\u{200b}.env", ".e\u{200c}nv", "\u{feff}.env",
  ".git/config", ".GIT/config", ".git./config", ".git /config", ".git//config", ".g\u{200d}it/config", ".git/hooks/post-commit",
  ".git/../.git/HEAD", ".llmspell/journal.db", ".LLMSPELL/journal.db", "x/.llmspell/audit.jsonl", "id_rsa", "ID_RSA", "id_ed25519.pub",
  "server.pem", "SERVER.PEM", "server.pem.", "server.key ", "store.p12", "vault.kdbx", "backup.gpg", ".netrc", ".npmrc", ".pypirc",
  ".git-credentials", ".aws/credentials", ".ssh/config", ".kube/config", ".docker/config.json", "credentials", "credentials.json",
  "secrets.yaml", "a/b/c/.ssh/x", "~/.ssh/id_rsa", "~/.bashrc", "~/.config/llmspell/config.toml", "~/.local/share/llmspell/x",
  "/proc/self/root/etc/passwd", "/proc/self/cwd/README.md", "/proc/thread-self/fd/3", "/dev/fd/3",
}
for _, path in ipairs(reserved) do
  for name, act in pairs({ read = Fs.read, bytes = Fs.bytes, stat = Fs.stat, exists = Fs.exists, list = Fs.list }) do
    local ok, problem = pcall(act, path)
    if ok or problem.kind ~= "permission" then return name .. " " .. path .. ": " .. tostring(problem) end
  end
  for name, act in pairs({ write = Fs.write, append = Fs.append }) do
    local ok, problem = pcall(act, path, "x")
    if ok or problem.kind ~= "permission" then return name .. " " .. path .. ": " .. tostring(problem) end
  end
end
for _, pattern in ipairs({ "**/*", "*", ".*", ".*/*", "**/.*", "**/.*/*", "[.]*", "?env", "**/*.pem", "**/*.key", "*/../.*", "./.g*/*" }) do
  local ok, found = pcall(Fs.glob, pattern)
  for _, path in ipairs(ok and found or {}) do
    local name = path:lower()
    if name:find("%.git/") or name:find("%.env") or name:find("%.pem$") or name:find("%.key$") then return "found " .. path end
  end
end
return "contained"
