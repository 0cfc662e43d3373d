// What an attempt has started ends with it.
const value = await retry({ wait: 0 }, async (attempt) => {
  spawn(() => Watch.hang());
  await Probe.slow(0.01);
  if (attempt < 3) fail("again");
  return attempt;
});
export default [value, await Watch.cancelled()];
