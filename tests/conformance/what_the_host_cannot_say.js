// A result of an op, or an argument for a function, that is no data is a fault of that op and of nothing else.
const result = await attempt(() => Watch.unspeakable());
const argument = await attempt(() => Watch.unspeakable((x) => x));
export default [result.error.kind, result.error.message, argument.error.message, await Probe.echo("goes on")];
