// expect: contained
// Broken errors do not break the reporting of errors.
const tryTo = (fn) => { try { fn(); } catch {} };
tryTo(() => { Error.stackTraceLimit = 0; });
tryTo(() => { Error.prepareStackTrace = () => { throw 1; }; });
tryTo(() => { Error.captureStackTrace = () => { throw 1; }; });
tryTo(() => Object.defineProperty(Error.prototype, "stack", { get() { throw 1; }, set() { throw 1; }, configurable: true }));
tryTo(() => Object.defineProperty(Error.prototype, "message", { get() { throw 1; }, configurable: true }));
tryTo(() => Object.defineProperty(Error.prototype, "toString", { value() { throw 1; } }));
tryTo(() => { SpellError.prototype.kind = "x"; });
tryTo(() => Object.setPrototypeOf(SpellError, null));
const tried = await attempt(() => Probe.fail("as always"));
if (tried.ok || tried.error.kind !== "tool") fail("it is not the fault");
await attempt(() => null.x);
await attempt(() => { throw new Error("x"); });
export default "contained";
