-- expect: contained
-- profiles: medium
-- A database that a stranger has made: views that call functions, virtual tables, triggers, generated columns, spoilt pages.
local file = "tests/fixtures/sql/hostile.db"
local refused = {
  "select * from words", "select * from words where words match 'hello'", "select * from old_words", "select * from boxes", "select * from boxes where low > 0",
  "select * from reads_a_module", "select * from loads", "select * from tokenizes", "select * from endless", "select * from huge", "select * from calls",
  "insert into changes values (1)", "select x from blobs where id = 1", "select x from blobs where id = 2", "select x from blobs where id = 3",
  "select highlight(words, 0, 'a', 'b') from words", "select bm25(words) from words", "select rtreecheck('boxes')", "select rtreenode(2, data) from boxes_node",
  "insert into words(words) values ('rebuild')",
}
for _, text in ipairs(refused) do
  local ok, problem = pcall(Sql.query, file, text, nil, { timeout = "300ms" })
  if ok then error("it went through: " .. text .. " " .. Json.encode(problem):sub(1, 200)) end
end
for _, broken in ipairs({ "cut", "poisoned", "no" }) do
  if pcall(Sql.query, ("tests/fixtures/sql/%s.db"):format(broken), "select * from plain") then error(broken .. " is whole") end
end
if #Sql.query(file, "select * from plain") ~= 3 then error("what is harmless can be read") end
if #Sql.query(file, "select * from changes") ~= 3 then error("what is harmless can be read") end
return "contained"
