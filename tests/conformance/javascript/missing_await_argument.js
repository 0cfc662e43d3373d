const tried = await attempt(() => Probe.echo({ inside: Probe.echo(1) }));
const json = await attempt(() => Json.encode([Probe.echo(1)]));
const native = await attempt(() => JSON.stringify([Probe.echo(1)]));
export default [tried.error.message, json.error.message, native.error.message];
