// Options come last and are optional, a list may be empty, nothing counts as not given.
export default [
  await Probe.typed("a"),
  await Probe.typed("a", 2),
  await Probe.typed("a", 2, { loud: true }),
  await Probe.typed("a", null, { items: ["b", "c"] }),
  await Probe.typed("a", 1, { items: [], loud: false }),
  await Probe.typed("a", 1, {}),
  await Probe.typed("a", 1, undefined),
  await Probe.typed("a", 0),
  await Probe.typed("method"),
];
