// A reply that is raised counts as its text.
const { error } = await attempt(async () => { throw await ask("no ink", { model: "echo" }); });
print(error.kind, error.message);
throw await ask("no paper", { model: "echo" });
