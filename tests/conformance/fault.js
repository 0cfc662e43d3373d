// A fault of a call is raised at the call; it can be caught, and says what it is.
let e;
try { await Probe.fail("it is full", "http"); } catch (caught) { e = caught; }
const tried = await attempt(() => Probe.fail("it is full"));
export default [typeof e, e.message, e.kind, e.message, e.hint, e.retryable, tried.error.kind];
