// A task that failed and was never waited for is not lost: the spell fails with its error.
spawn(async () => {
  await Probe.slow(0.005);
  fail("nobody looked", { kind: "tool" }); // HERE
});
await Probe.slow(0.05);
export default "fine";
