// The host calls a function of the script, with arguments, and gets its result.
export default [
  await Probe.apply(() => 1),
  await Probe.apply((a, b) => a + b, [2, 3]),
  await Probe.apply((list) => [list.length, list], [[1, null]]),
  await Probe.apply(() => []),
  await Probe.apply(async (x) => (await Probe.echo(x)) + "!", ["called"]),
  (await Probe.apply(() => {})) === null,
];
