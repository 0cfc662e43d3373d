// What is no data is refused before anything is sent.
const cycle = {};
cycle.self = cycle;
const listCycle = [];
listCycle[0] = [listCycle];
const bad = [
  cycle, listCycle, NaN, Infinity, -Infinity, { x: NaN }, "\ud800", { "\ud800": 1 }, "x\udc00", [print], { f() {} }, Symbol("s"), [1n],
];
const kinds = [];
let silent = 0;
for (const value of bad) {
  const tried = await attempt(() => Probe.echo(value));
  kinds.push(tried.ok ? "fine" : tried.error.kind);
  if (!tried.ok && tried.error.message.length < 20) silent++;
}
export default [kinds, silent];
