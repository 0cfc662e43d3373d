const name = "Ann";
print(await ask("Write to {{name}} about {{topic}}.", {
  model: "echo",
  vars: { name },
}));
