// A handle in data is refused.
const tried = await attempt(async () => Probe.echo([await Probe.counter()]));
export default [tried.ok, tried.error.kind];
