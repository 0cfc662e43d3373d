// fail takes text, what counts as text, and an error, which it raises as it was; anything else is a wrong argument.
const said = async (...args) => {
  const { error: e } = await attempt(() => fail(...args));
  return [e.kind, e.message];
};
const caught = (await attempt(() => Probe.fail("no ink", "tool"))).error;
const again = (await attempt(() => fail(caught))).error;
export default [
  await said(await ask("x", { model: "echo" })), await said(caught), again === caught, again.hint, again.retryable, again.where.line === caught.where.line,
  (await said(caught, { kind: "http" }))[0], (await said(Log))[0], (await said(null))[0], (await said(await Probe.counter()))[0], (await said({ kind: "http", message: "x" }))[0], (await said())[0],
  await said("x", { kind: "odd" }),
];
