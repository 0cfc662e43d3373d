spawn(() => {
  throw new Error("nobody looked at me");
});
await sleep("10ms");
