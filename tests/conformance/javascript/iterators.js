// Async generators and loops over them.
async function* count(n) { for (let i = 1; i <= n; i++) yield await Probe.echo(i); }
const seen = [];
for await (const n of count(3)) seen.push(n);
export default seen;
