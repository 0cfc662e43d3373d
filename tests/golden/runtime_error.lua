local orders = { { id = 1, items = { "pen" } }, { id = 2 } }

local function first(order)
  return order.items[1]
end

for _, order in ipairs(orders) do
  print(first(order))
end
