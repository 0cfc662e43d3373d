const both = await parallel([
  ask("a", { model: "echo" }),
  ask("b", { model: "echo" }),
]);
