// A cancelled call frees its place at once, and one that was held back is never made.
const many = (fn) => Array.from({ length: 300 }, () => fn);
for (let i = 0; i < 3; i++) {
  const tried = await attempt(() => timeout(0.02, () => parallel(many(() => Watch.hang()))));
  if (tried.error.kind !== "timeout") fail("no timeout");
}
export default [(await parallel(many(() => Probe.echo(1)))).length, await Watch.cancelled()];
