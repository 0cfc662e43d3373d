local items = {}
for i = 1, 50 do items[i] = i end
map(items, function(i) State.update("sum", function(old) return (old or 0) + i end) end, { limit = 50 })
return State.get("sum")
