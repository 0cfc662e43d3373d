-- A slip that the language itself finds, with its line.
local function total(order)
  return order.items.count -- HERE
end
print(total({}))
