// An error inside a function that a verb called, inside one that the host called.
await map([1], async () => {
  await Probe.apply(() => {
    fail("deep inside"); // HERE
  });
});
