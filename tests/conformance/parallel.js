// Results under the same keys, for a list and for a map; all at once, or at most limit.
const list = await parallel([() => Probe.slow(0.01, "a"), () => Probe.echo("b"), () => "c"]);
const named = await parallel({ x: () => Probe.echo(1), y: () => 2 }, { limit: 1 });
export default [list, named, await parallel({ only: () => null })];
