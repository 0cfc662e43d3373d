// expect: contained
// Broken errors do not break the reporting of errors.
Error.stackTraceLimit = 0;
Error.captureStackTrace = () => { throw 1; };
Object.defineProperty(Error.prototype, "stack", { get() { throw 1; }, set() { throw 1; }, configurable: true });
Object.defineProperty(Error.prototype, "message", { get() { throw 1; }, configurable: true });
const tried = await attempt(() => Probe.fail("as always"));
if (tried.ok || tried.error.kind !== "tool") fail("it is not the fault");
try { SpellError.prototype.kind = "x"; } catch {}
try { Object.setPrototypeOf(SpellError, null); } catch {}
await attempt(() => Probe.fail("again"));
await attempt(() => null.x);
export default "contained";
