// A timer ends with the function that set it; what it has begun is cancelled with it.
const first = await race([
  async () => { setInterval(() => print("tick"), 10_000); await Watch.hang(); },
  () => new Promise((done) => setTimeout(async () => { await Probe.echo(1); done("timer"); }, 1)),
]);
await sleep(0.01);
export default [first, await Watch.cancelled()];
