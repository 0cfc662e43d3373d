// expect: contained
// profiles: medium high
// Queries that would never end, or fill all memory: each ends by its own limit, and the host serves others meanwhile.
const file = "tests/fixtures/sql/shop.db";
const endless = [
  "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) as i from n",
  "with recursive n(i) as (select 1 union select i + 1 from n) select count(*) as i from n",
  "with recursive n(i, s) as (select 1, 'x' union all select i + 1, s || s || 'y' from n) select s from n",
  "with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000) select count(*) as c from n a, n b, n c, n d",
  "with recursive n(i) as (select 1 union all select i + 1 from n) select json_group_array(printf('%9999c', i)) as s from n",
  "select instr(printf('%.*c', 30000000, 'a'), printf('%.*c', 1000000, 'a') || 'b') as never",
];
if ((await attempt(() => Sql)).ok) await attack();
export default "contained";

async function attack() {
  for (const text of endless) {
    const { ok, error } = await attempt(() => Sql.query(file, text, null, { timeout: "200ms" }));
    if (ok) fail(`it ended: ${text}`);
    if (error.kind !== "timeout" && error.kind !== "script") throw error;
  }
  const cut = await map([1, 2, 3, 4, 5, 6, 7, 8], async () => (await attempt(() => Sql.query(file, endless[0], null, { timeout: "50ms" }))).ok);
  if (cut.some((ok) => ok)) fail("it ended");
  await attempt(() => timeout("100ms", () => Sql.query(file, endless[0])));
  if ((await Sql.query(file, "select * from customers")).length !== 3) fail("the next one is answered");
}
