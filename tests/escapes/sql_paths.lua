-- expect: contained
-- profiles: medium
-- A database is a file like others: no path leads out of the project, to a key, a device or a descriptor.
local outside = {
  "/etc/passwd", "../x.db", "../../../../etc/passwd", "tests/../../x.db", "/proc/self/mem", "/proc/self/fd/3", "/dev/zero", "/dev/stdin", "/dev/shm/x",
  "~/x.db", ".env", ".git/index", ".git/config", ".llmspell/state.db", ".llmspell/journal.db", "id_rsa", "x.pem", "file:tests/fixtures/sql/shop.db",
  "file:tests/fixtures/sql/shop.db?mode=rw", "tests/fixtures/sql/shop.db?vfs=unix", "tests/fixtures/sql/shop.db\0.txt", ":memory:", "", "\0", "tests",
  "tests/fixtures/sql/", "README.md", "tests/fixtures/sql/shop.db/x", ("a"):rep(5000), "//etc/passwd", "tests/fixtures/sql/shop.db-wal",
}
for _, path in ipairs(outside) do
  local ok, problem = pcall(Sql.query, path, "select 1")
  if ok then error("it went through: " .. path) end
  if not ({ permission = 1, args = 1, script = 1 })[problem.kind] then error(problem) end
  if pcall(Sql.blob, path, "select x'00'") then error("it went through: " .. path) end
end
for _, path in ipairs({ 1, true, {}, print, { "x" } }) do
  if pcall(Sql.query, path, "select 1") then error("it is no path") end
end
return "contained"
