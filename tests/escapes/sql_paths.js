// expect: contained
// profiles: medium
// A database is a file like others: no path leads out of the project, to a key, a device or a descriptor.
const outside = [
  "/etc/passwd", "../x.db", "../../../../etc/passwd", "tests/../../x.db", "/proc/self/mem", "/proc/self/fd/3", "/dev/zero", "/dev/stdin", "/dev/shm/x",
  "~/x.db", ".env", ".git/index", ".git/config", ".llmspell/state.db", ".llmspell/journal.db", "id_rsa", "x.pem", "file:tests/fixtures/sql/shop.db",
  "file:tests/fixtures/sql/shop.db?mode=rw", "tests/fixtures/sql/shop.db?vfs=unix", "tests/fixtures/sql/shop.db\0.txt", ":memory:", "", "\0", "tests",
  "tests/fixtures/sql/", "README.md", "tests/fixtures/sql/shop.db/x", "a".repeat(5000), "//etc/passwd", "tests/fixtures/sql/shop.db-wal",
];
for (const path of outside) {
  const { ok, error } = await attempt(() => Sql.query(path, "select 1"));
  if (ok) fail(`it went through: ${path}`);
  if (!["permission", "args", "script"].includes(error.kind)) throw error;
  if ((await attempt(() => Sql.blob(path, "select x'00'"))).ok) fail(`it went through: ${path}`);
}
for (const path of [1, true, {}, null, print, ["x"], { toString: () => "tests/fixtures/sql/shop.db" }, new Uint8Array(2)]) {
  if ((await attempt(() => Sql.query(path, "select 1"))).ok) fail("it is no path");
}
export default "contained";
