(async () => {
  await Probe.fail("nobody looked"); // HERE
})();
await Probe.slow(0.05);
export default "fine";
