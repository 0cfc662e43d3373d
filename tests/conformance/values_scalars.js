// What crosses to the host and back is what it was.
const same = (a, b) => { if (!Object.is(a, b)) fail(`${a} is not ${b}`); };
same(await Probe.echo(), null);
same(await Probe.echo(undefined), null);
same(await Probe.echo(Json.null), null);
export default [await Probe.echo(true), await Probe.echo(false), await Probe.echo(0), await Probe.echo(-1),
  await Probe.echo(1.5), await Probe.echo(""), await Probe.echo("text")];
