await State.set("n", 1);
const tried = await attempt(async () => {
  await State.update("n", () => { fail("not today"); });
});
print(tried.error.message + "\t" + await State.get("n"));
await State.update("n", () => {
  fail("not ever"); // HERE
});
