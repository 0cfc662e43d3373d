local function told(act, ...)
  local ok, e = pcall(act, ...)
  assert(not ok)
  if e.kind == "permission" then return e.kind .. ": " .. e.message end
  return e.kind .. ": " .. e.message .. " (" .. (e.hint or "") .. ")"
end
local endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select "
return {
  told(Sql.query, "shop.db", "insert into orders (id) values (9)"),
  told(Sql.query, "shop.db", "drop table orders"),
  told(Sql.query, "shop.db", "attach 'other.db' as other"),
  told(Sql.query, "shop.db", "pragma writable_schema = on"),
  told(Sql.query, "shop.db", "select load_extension('x')"),
  told(Sql.query, "shop.db", "select 1; select 2"),
  told(Sql.query, "shop.db", "  -- nothing"),
  told(Sql.query, "shop.db", "selct 1"),
  told(Sql.query, "shop.db", "select * from order_s"),
  told(Sql.query, "shop.db", "select c.id, o.id from customers c join orders o on customer = c.id"),
  told(Sql.query, "shop.db", "select note from orders where id = 3"),
  told(Sql.query, "shop.db", "select 1 as one, 9e999 as endless"),
  told(Sql.query, "shop.db", "select cast(x'ff' as text) as word"),
  told(Sql.query, "shop.db", "select ?"),
  told(Sql.query, "shop.db", "select ?", { 1, 2 }),
  told(Sql.query, "shop.db", "select :a", { b = 1 }),
  told(Sql.query, "shop.db", "select 1", { max_rows = 1 }),
  told(Sql.query, "shop.db", "select ?", { { 1 } }),
  told(Sql.query, "shop.db", "select id from orders", {}, { max_rows = 3 }),
  told(Sql.query, "shop.db", "select 1", {}, { max_rows = 0 }),
  told(Sql.query, "shop.db", "select 1", {}, { rows = 3 }),
  told(Sql.query, "shop.db", endless .. "max(i) from n", {}, { timeout = "100ms" }),
  told(Sql.query, "shop.db", endless .. "printf('%9000c', i) as x from n", {}, { max_rows = 100000, timeout = "60s" }),
  told(Sql.query, "shop.db", "select zeroblob(1000000000)"),
  told(Sql.query, "shop.db", ("x"):rep(100001)),
  told(Sql.query, "hostile.db", "select * from words where body match 'hello'"),
  told(Sql.query, "hostile.db", "select * from loads"),
  told(Sql.query, "cut.db", "select 1"),
  told(Sql.query, "no.db", "select 1"),
  told(Sql.query, "empty.db", "select 1"),
  told(Sql.query, "shp.db", "select 1"),
  told(Sql.query, "../shop.db", "select 1"),
  told(Sql.query, ".env.db", "select 1"),
  told(Sql.blob, "shop.db", "select name from customers"),
  told(Sql.blob, "shop.db", "select name from customers where id = 1"),
  told(Sql.blob, "shop.db", "delete from customers"),
}
