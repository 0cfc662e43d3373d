// expect: contained
// profiles: medium
// A database that a stranger has made: views that call functions, virtual tables, triggers, generated columns, spoilt pages.
const file = "tests/fixtures/sql/hostile.db";
const refused = [
  "select * from words", "select * from words where words match 'hello'", "select * from old_words", "select * from boxes", "select * from boxes where low > 0",
  "select * from reads_a_module", "select * from loads", "select * from tokenizes", "select * from endless", "select * from huge", "select * from calls",
  "insert into changes values (1)", "select x from blobs where id = 1", "select x from blobs where id = 2", "select x from blobs where id = 3",
  "select highlight(words, 0, 'a', 'b') from words", "select bm25(words) from words", "select rtreecheck('boxes')", "select rtreenode(2, data) from boxes_node",
  "insert into words(words) values ('rebuild')",
];
for (const text of refused) {
  const { ok, value } = await attempt(() => Sql.query(file, text, null, { timeout: "300ms" }));
  if (ok) fail(`it went through: ${text} ${Json.encode(value).slice(0, 200)}`);
}
for (const broken of ["cut", "poisoned", "no"]) {
  if ((await attempt(() => Sql.query(`tests/fixtures/sql/${broken}.db`, "select * from plain"))).ok) fail(`${broken} is whole`);
}
if ((await Sql.query(file, "select * from plain")).length !== 3) fail("what is harmless can be read");
if ((await Sql.query(file, "select * from changes")).length !== 3) fail("what is harmless can be read");
export default "contained";
