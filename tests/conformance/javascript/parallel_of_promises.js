// Promises where functions are due are refused.
const tried = await attempt(() => parallel([Probe.echo(1)]));
const mapped = await attempt(() => map([1], Probe.echo(1)));
export default [tried.error.message, mapped.error.message];
