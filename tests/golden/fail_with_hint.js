const stock = 3;
if (stock < 5) {
  fail(`only ${stock} pens are left`, { kind: "tool", hint: "order more pens" });
}
