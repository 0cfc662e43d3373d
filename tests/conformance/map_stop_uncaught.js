// Uncaught, the failure has the line inside the function.
await map([1, 2], async (n) => {
  if (n === 2) {
    await Probe.fail("two is wrong"); // HERE
  }
});
