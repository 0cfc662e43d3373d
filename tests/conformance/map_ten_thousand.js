// 10,000 items at the default limit.
const list = Array.from({ length: 10000 }, (_, i) => i + 1);
let sum = 0;
for (const [i, n] of (await map(list, (n) => Probe.echo(n))).entries()) {
  if (n !== i + 1) fail("out of order");
  sum += n;
}
export default sum;
