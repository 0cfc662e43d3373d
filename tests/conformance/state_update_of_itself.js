await State.update("d", async () => { // HERE
  await State.set("d", Math.random());
  return 0;
});
