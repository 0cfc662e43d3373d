// Promises where functions are due are refused, with the cure.
const tried = await attempt(() => parallel([Probe.echo(1)]));
export default [tried.error.kind, tried.error.message];
