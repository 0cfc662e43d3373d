-- Objects that nothing tells apart have no order.
local set = { [{}] = true, [{}] = true }
for object in pairs(set) do -- HERE
  print(object)
end
