// expect: contained
// profiles: medium
// No statement changes the database, leaves it, or reaches a function that does more than compute.
const file = "tests/fixtures/sql/shop.db";
const hostile = [
  "attach '/etc/passwd' as p", "attach 'tests/fixtures/sql/hostile.db' as p", "attach ':memory:' as p", "detach main",
  "pragma writable_schema = 1", "pragma writable_schema", "pragma journal_mode = wal", "pragma query_only = 0", "pragma trusted_schema = on",
  "pragma hard_heap_limit = 0", "pragma user_version = 7", "pragma database_list", "select * from pragma_database_list", "PRAGMA main.writable_schema=1",
  "select 1; attach 'x' as x", "select load_extension('/tmp/x.so')", "select LOAD_EXTENSION('/tmp/x.so', 'entry')", "select \"load_extension\"('x')",
  "select fts3_tokenizer('simple', x'4141414141414141')", "select readfile('/etc/passwd')", "select writefile('x', 'y')", "select fts5(?1)",
  "insert into customers values (9, 'x', 'y')", "update customers set name = 'x'", "delete from customers", "drop table customers",
  "create table x (y)", "create temp table x (y)", "create temp view x as select 1", "create virtual table x using fts5(y)",
  "with x as (select 1) insert into customers select 9, 'x', 'y'", "update sqlite_master set sql = 'x'", "update sqlite_master set type = 'x'", "select * from dbstat",
  "vacuum", "vacuum into '/tmp/llmspell-stolen.db'", "vacuum into 'README.md'", "analyze", "reindex", "begin", "commit", "savepoint x",
  "", ";", "--", "/*", "select", "\0", "select 1\0; drop table customers", "select '\ud800'",
  "select randomblob(1000000000)", "select zeroblob(1000000000)", "select hex(zeroblob(60000000))",
  `select ${"(".repeat(5000)}1${")".repeat(5000)}`, `select 1${" + 1".repeat(5000)}`, `select 1${" union all select 1".repeat(3000)}`,
  `select ${"1 as a, ".repeat(5000)}1 as b`, "select ?99999", `select 'a' like '${"%a".repeat(1000)}'`, `${"select * from (".repeat(500)}select 1${")".repeat(500)}`,
];
for (const text of hostile) {
  const { ok, value, error } = await attempt(() => Sql.query(file, text, null, { timeout: "2s" }));
  if (ok) fail(`it went through: ${text.slice(0, 80)} ${Json.encode(value).slice(0, 200)}`);
  if (!["args", "script", "timeout"].includes(error.kind)) throw error;
}
const names = ["'; drop table customers; --", "x' or '1'='1", "\0", "%", "x".repeat(100000), "?", ":name", -0, 1e308, null, true];
for (const name of names) {
  if ((await Sql.query(file, "select * from customers where name = ?", [name])).length > 0) fail("injected");
}
const odd = [
  print, [1], { a: 1 }, NaN, Infinity, 10n, Symbol("x"), new Uint8Array(3), new Date(), "\ud800", Promise.resolve(1), new Proxy({}, { get: () => 1 }),
];
for (const value of odd.filter((each) => !(each instanceof Date))) {
  if ((await attempt(() => Sql.query(file, "select ?", [value]))).ok) fail("it is no value");
}
for (const params of [print, 1, "x", true, new Uint8Array(3), { __proto__: { a: 1 } }, new Array(20000).fill(1)]) {
  if ((await attempt(() => Sql.query(file, "select :a", params))).ok) fail("these are no parameters");
}
const [{ n }] = await Sql.query(file, "select count(*) as n from customers");
if (n !== 3) fail("it is changed");
export default "contained";
