// An integer that JavaScript cannot hold exactly is an error either way, not another number.
const kinds = [];
for (const n of [2 ** 53, -(2 ** 53), 1e20, 2 ** 63]) {
  const tried = await attempt(() => Probe.echo(n));
  kinds.push(tried.ok ? n : tried.error.kind);
}
const arrived = await attempt(() => Watch.large());
export default [kinds, arrived.ok, arrived.error.message, await Probe.echo(2.0), await Probe.echo(-0)];
