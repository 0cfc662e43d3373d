// A date crosses as its ISO string; what is no plain object is refused.
class Point { constructor() { this.x = 1; } }
const date = await Probe.echo(new Date(0));
const kinds = [];
for (const value of [new Map(), new Set(), new Point(), new Date(NaN), /x/, new Uint8Array(2), Object.create({ a: 1 })]) {
  const tried = await attempt(() => Probe.echo(value));
  kinds.push(tried.ok ? tried.value : tried.error.kind);
}
export default [date, kinds, await Probe.echo(Object.create(null)), await Probe.echo(new Error("x").message)];
