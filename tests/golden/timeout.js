const reply = await timeout("50ms", async () => {
  await sleep("1h");
});
