const orders = [{ id: 1, items: ["pen"] }, { id: 2 }];

function first(order) {
  return order.items[0];
}

for (const order of orders) {
  print(first(order));
}
