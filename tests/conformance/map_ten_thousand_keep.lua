-- 10,000 items, 50 at once, each third of which fails; people are told a hundred times.
local list = {}
for i = 1, 10000 do list[i] = i end
local made = map(list, function(n)
  sleep(0)
  if n % 3 == 0 then fail("no " .. n) end
  return n
end, { limit = 50, name = "items", on_error = "keep" })
return { #made.ok, made.ok[6667], #made.failed, made.failed[3333].item, made.failed[3333].error.message }
