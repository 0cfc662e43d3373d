local file = "shop.db"
local none = Sql.query(file, "select * from orders where price > 100")
return {
  all = Sql.query(file, "select id, name, city from customers order by id"),
  one = Sql.query(file, "select name from customers where id = ?", { 2 })[1].name,
  named = Sql.query(file, "select item from orders where price between :low and :high order by item", { low = 2, high = 3.75 }),
  view = Sql.query(file, "select * from spent order by name limit 2"),
  none = #none,
  kinds = Sql.query(file, "select typeof(?) as a, typeof(?) as b, typeof(?) as c, typeof(?) as d, typeof(?) as e", { 1, 1.5, "x", true, Json.null }),
  injected = #Sql.query(file, "select * from customers where name = ?", { "x' or '1'='1" }),
  with = Sql.query(file, "with recursive n(i) as (select 1 union all select i + 1 from n where i < 3) select sum(i) as sum from n"),
  json = Sql.query(file, "select value from json_each('[1,[2],null]') order by key"),
  columns = #Sql.query(file, "pragma table_info(orders)") + #Sql.query(file, "select * from pragma_table_info('orders')"),
  text = Sql.query(file, "select 'a' || char(0) || 'é🙂' as text, '' as empty"),
  odd = Sql.query(file, "select 1 as \"__proto__\", 2 as \"$type\", 3 as \"then\", 4 as \"\""),
  blob = #Sql.blob(file, "select note from orders where id = ?", { 3 }),
  null = Sql.blob(file, "select note from orders where id = 1") == nil,
  nobody = Sql.blob(file, "select note from orders where id = 99") == nil,
  big = Sql.query(file, "select cast(id as text) as id from orders where price = 2.5"),
  few = #Sql.query(file, "select id from customers", {}, { max_rows = 3, timeout = "20s" }),
  again = #map({ 1, 2, 3, 4 }, function(id) return Sql.query(file, "select ? as id", { id }) end),
}
