// What the host gives cannot be changed under it.
export default [
  (await attempt(() => { Probe.echo = null; })).ok,
  (await attempt(() => { Probe.mine = 1; })).ok,
  (await attempt(() => { Json.null = 1; })).ok,
  await Probe.echo("still works"),
];
