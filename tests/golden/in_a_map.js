const names = ["ann", "bob", "cid"];

const letters = await map(names, async (name) => {
  await sleep("1ms");
  if (name === "bob") {
    throw new Error("no address of " + name);
  }
  return "Dear " + name;
});
