const names = ["ann", "bob"];
const reply = await ask(names, { model: "echo" });
