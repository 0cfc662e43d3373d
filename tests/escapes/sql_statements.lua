-- expect: contained
-- profiles: medium
-- No statement changes the database, leaves it, or reaches a function that does more than compute.
local file = "tests/fixtures/sql/shop.db"
local hostile = {
  "attach '/etc/passwd' as p", "attach 'tests/fixtures/sql/hostile.db' as p", "attach ':memory:' as p", "detach main",
  "pragma writable_schema = 1", "pragma writable_schema", "pragma journal_mode = wal", "pragma temp_store_directory = '/tmp'", "pragma query_only = 0",
  "pragma trusted_schema = on", "pragma hard_heap_limit = 0", "pragma mmap_size = 1000000", "pragma user_version = 7", "pragma key = 'x'",
  "pragma database_list", "pragma compile_options", "pragma module_list", "select * from pragma_database_list", "pragma data_store_directory = '/'",
  "pragma table_info(customers); drop table customers", "select 1; attach 'x' as x",
  "select load_extension('/tmp/x.so')", "select load_extension('/tmp/x.so', 'entry')", "select fts3_tokenizer('simple')",
  "select fts3_tokenizer('simple', x'4141414141414141')", "select readfile('/etc/passwd')", "select writefile('x', 'y')", "select edit('x')",
  "select sqlite_compileoption_get(1)", "select sqlite_source_id()", "select fts5(?1)", "select eval('select 1')", "select sqlite_log(1, 'x')",
  "insert into customers values (9, 'x', 'y')", "update customers set name = 'x'", "delete from customers", "replace into customers values (1, 'x', 'y')",
  "drop table customers", "alter table customers add x", "create table x (y)", "create temp table x (y)", "create view x as select 1",
  "create index x on customers (name)", "create trigger x after insert on customers begin select 1; end", "create virtual table x using fts5(y)",
  "create virtual table x using rtree(a, b, c)", "create virtual table temp.x using dbstat", "create table x as select * from customers",
  "with x as (select 1) insert into customers select 9, 'x', 'y'", "insert into customers values (9, 'x', 'y') returning *",
  "update sqlite_master set sql = 'x'", "delete from sqlite_master", "update sqlite_master set type = 'x'", "select * from dbstat", "select * from sqlite_stmt", "select * from fts3tokenize('x')",
  "vacuum", "vacuum into '/tmp/llmspell-stolen.db'", "vacuum into 'README.md'", "analyze", "reindex", "begin", "begin exclusive", "commit", "rollback",
  "savepoint x", "release x", "explain insert into customers values (9, 'x', 'y')",
  "", ";", "--", "/*", "select", "\0", "select 1\0; drop table customers", "select '\255'",
  "select randomblob(1000000000)", "select zeroblob(1000000000)", "select hex(zeroblob(60000000))",
  "select replace(printf('%.*c', 60000000, 'x'), 'x', 'xxxxxxxxxxxxxxxx')", "select group_concat(printf('%.*c', 9000000, 'x')) from orders, orders b",
  "select " .. ("("):rep(5000) .. "1" .. (")"):rep(5000), "select 1" .. (" + 1"):rep(5000), "select " .. ("not "):rep(5000) .. "1",
  "select 1" .. (" union all select 1"):rep(3000), "select " .. ("1 as a, "):rep(5000) .. "1 as b", "select ?99999", "select '" .. ("a"):rep(100000) .. "'",
  "select 'a' like '" .. ("%a"):rep(1000) .. "'", "select * from " .. ("customers a" .. ", customers b"):rep(40), ("select * from ("):rep(500) .. "select 1" .. (")"):rep(500),
}
for _, text in ipairs(hostile) do
  local ok, problem = pcall(Sql.query, file, text, nil, { timeout = "2s" })
  if ok then error("it went through: " .. text:sub(1, 80) .. " " .. Json.encode(problem):sub(1, 200)) end
  if problem.kind ~= "args" and problem.kind ~= "script" and problem.kind ~= "timeout" then error(problem) end
end
local odd = { "'; drop table customers; --", "x' or '1'='1", "\0", "%", ("x"):rep(100000), "?", ":name", math.mininteger, 1e308, Json.null }
for _, value in ipairs(odd) do
  if #Sql.query(file, "select * from customers where name = ?", { value }) > 0 then error("injected") end
end
for _, value in ipairs({ print, { 1 }, { a = 1 }, coroutine.create(print), 0 / 0, math.huge }) do
  if pcall(Sql.query, file, "select ?", { value }) then error("it is no value") end
end
if Sql.query(file, "select count(*) as n from customers")[1].n ~= 3 then error("it is changed") end
return "contained"
