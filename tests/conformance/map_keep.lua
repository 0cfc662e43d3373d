-- keep: what went well in order, what failed with its item.
local found = map({ 1, 2, 3, 4 }, function(n)
  if n % 2 == 0 then fail(n .. " is even", { kind = "tool" }) end
  return n * 10
end, { on_error = "keep" })
local failed = {}
for i, f in ipairs(found.failed) do failed[i] = { f.item, f.error.kind, f.error.message } end
local none = map({ 1 }, function(n) return n end, { on_error = "keep" })
local all = map({ 1 }, function() fail("no") end, { on_error = "keep" })
return { found.ok, failed, none.failed, all.ok }
