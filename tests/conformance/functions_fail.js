// The error of a function that the host called comes back through the host as it was.
const tried = await attempt(() =>
  Probe.apply(() => fail("not today", { kind: "refused", hint: "come tomorrow" })));
const plain = await attempt(() => Probe.apply(() => { throw new Error("plain"); }));
export default [tried.error.kind, tried.error.message, tried.error.hint, plain.error.kind, plain.error.message];
