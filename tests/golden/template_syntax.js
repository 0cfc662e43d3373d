print(await ask("Write to {{name} now.", { model: "echo", vars: { name: "Ann" } }));
