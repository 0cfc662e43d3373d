const list = [];
while (true) {
  list.push("x".repeat(1000) + list.length);
}
