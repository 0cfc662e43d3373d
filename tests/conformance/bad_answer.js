// A guest function whose result is no data fails at the one who called it.
const tried = await attempt(() => Probe.apply(() => [NaN]));
export default [tried.ok, tried.error.kind, tried.error.message];
