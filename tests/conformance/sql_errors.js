async function told(act, ...given) {
  const { ok, error: e } = await attempt(() => act(...given));
  if (ok) fail("it went well");
  if (e.kind === "permission") return `${e.kind}: ${e.message}`;
  return `${e.kind}: ${e.message} (${e.hint ?? ""})`;
}
const endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select ";
export default [
  await told(Sql.query, "shop.db", "insert into orders (id) values (9)"),
  await told(Sql.query, "shop.db", "drop table orders"),
  await told(Sql.query, "shop.db", "attach 'other.db' as other"),
  await told(Sql.query, "shop.db", "pragma writable_schema = on"),
  await told(Sql.query, "shop.db", "select load_extension('x')"),
  await told(Sql.query, "shop.db", "select 1; select 2"),
  await told(Sql.query, "shop.db", "  -- nothing"),
  await told(Sql.query, "shop.db", "selct 1"),
  await told(Sql.query, "shop.db", "select * from order_s"),
  await told(Sql.query, "shop.db", "select c.id, o.id from customers c join orders o on customer = c.id"),
  await told(Sql.query, "shop.db", "select note from orders where id = 3"),
  await told(Sql.query, "shop.db", "select 1 as one, 9e999 as endless"),
  await told(Sql.query, "shop.db", "select cast(x'ff' as text) as word"),
  await told(Sql.query, "shop.db", "select ?"),
  await told(Sql.query, "shop.db", "select ?", [1, 2]),
  await told(Sql.query, "shop.db", "select :a", { b: 1 }),
  await told(Sql.query, "shop.db", "select 1", { max_rows: 1 }),
  await told(Sql.query, "shop.db", "select ?", [[1]]),
  await told(Sql.query, "shop.db", "select id from orders", [], { max_rows: 3 }),
  await told(Sql.query, "shop.db", "select 1", [], { max_rows: 0 }),
  await told(Sql.query, "shop.db", "select 1", [], { rows: 3 }),
  await told(Sql.query, "shop.db", `${endless}max(i) from n`, [], { timeout: "100ms" }),
  await told(Sql.query, "shop.db", `${endless}printf('%9000c', i) as x from n`, [], { max_rows: 100000, timeout: "60s" }),
  await told(Sql.query, "shop.db", "select zeroblob(1000000000)"),
  await told(Sql.query, "shop.db", "x".repeat(100001)),
  await told(Sql.query, "hostile.db", "select * from words where body match 'hello'"),
  await told(Sql.query, "hostile.db", "select * from loads"),
  await told(Sql.query, "cut.db", "select 1"),
  await told(Sql.query, "no.db", "select 1"),
  await told(Sql.query, "empty.db", "select 1"),
  await told(Sql.query, "shp.db", "select 1"),
  await told(Sql.query, "../shop.db", "select 1"),
  await told(Sql.query, ".env.db", "select 1"),
  await told(Sql.blob, "shop.db", "select name from customers"),
  await told(Sql.blob, "shop.db", "select name from customers where id = 1"),
  await told(Sql.blob, "shop.db", "delete from customers"),
];
