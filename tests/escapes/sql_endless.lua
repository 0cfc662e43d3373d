-- expect: contained
-- profiles: medium high
-- Queries that would never end, or fill all memory: each ends by its own limit, and the host serves others meanwhile.
if not pcall(function() return Sql end) then return "contained" end
local file = "tests/fixtures/sql/shop.db"
local endless = {
  "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) as i from n",
  "with recursive n(i) as (select 1 union select i + 1 from n) select count(*) as i from n",
  "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n order by i desc",
  "with recursive n(i, s) as (select 1, 'x' union all select i + 1, s || s || 'y' from n) select s from n",
  "with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000) select count(*) as c from n a, n b, n c, n d",
  "with recursive n(i) as (select 1 union all select i + 1 from n) select group_concat(i) as s from n",
  "with recursive n(i) as (select 1 union all select i + 1 from n) select json_group_array(printf('%9999c', i)) as s from n",
  "select count(*) as c from customers a, customers b, customers c, customers d, customers e, customers f, customers g, customers h, "
    .. "customers i, customers j, customers k, customers l, customers m, customers n, customers o, customers p, customers q, customers r",
  "select instr(printf('%.*c', 30000000, 'a'), printf('%.*c', 1000000, 'a') || 'b') as never",
}
for _, text in ipairs(endless) do
  local ok, problem = pcall(Sql.query, file, text, nil, { timeout = "200ms" })
  if ok then error("it ended: " .. text) end
  if problem.kind ~= "timeout" and problem.kind ~= "script" then error(problem) end
end
local cut = map({ 1, 2, 3, 4, 5, 6, 7, 8 }, function(number)
  return attempt(function() return Sql.query(file, endless[1], nil, { timeout = "50ms" }) end).ok
end)
for _, ok in ipairs(cut) do if ok then error("it ended") end end
attempt(function() timeout("100ms", function() Sql.query(file, endless[1]) end) end)
if #Sql.query(file, "select * from customers") ~= 3 then error("the next one is answered") end
return "contained"
