// expect: contained
// As many as want to may wait; the host sees no more than its limit.
await Promise.all(Array.from({ length: 400 }, (_, i) => Probe.echo(i)));
export default "contained";
