-- expect: contained
-- profiles: medium
-- Many queries of many databases at once, with answers as large as they may be: one after the other, and never more than a few workers.
local files = { "shop", "hostile", "shop", "cut", "no", "hostile" }
local sizes = map({ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24 }, function(number)
  local file = ("tests/fixtures/sql/%s.db"):format(files[number % #files + 1])
  local text = "with recursive n(i) as (select 1 union all select i + 1 from n limit 400) select printf('%900c', i) as x from n"
  return attempt(function() return #Sql.query(file, text, nil, { max_rows = 100000 }) end).ok
end, { limit = 24 })
local answered = 0
for _, ok in ipairs(sizes) do if ok then answered = answered + 1 end end
if answered ~= 16 then error("answered: " .. answered) end
return "contained"
