export default await map([1, 2, 3], (a) =>
  map([10, 20], (b) => Probe.echo(a * b), { limit: 1 }));
