export const first = await Probe.slow(0, "a");
await Probe.echo(1);
print("ready");
export const ask = (x) => Probe.echo(x);
