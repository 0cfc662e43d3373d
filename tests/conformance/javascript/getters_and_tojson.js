// Getters run once, before anything is sent; toJSON is not asked.
let reads = 0;
const value = { get x() { reads++; return reads; } };
const broken = await attempt(() => Probe.echo({ get x() { throw new Error("no"); } }));
export default [await Probe.echo(value), reads, broken.ok, broken.error.message];
