// expect: contained
// Code that is made from text is code of the same spell; in high there is none.
const makers = [() => eval("globalThis"), () => (0, eval)("globalThis"), () => new Function("return globalThis")(), () => ask.constructor("return globalThis")(),
  () => (async () => {}).constructor("return globalThis")(), () => (function* () {}).constructor("yield globalThis")().next().value,
  () => Probe.echo.constructor.constructor("return globalThis")(), () => setTimeout("globalThis", 1)];
for (const make of makers) {
  const tried = await attempt(make);
  if (tried.ok && tried.value !== globalThis && typeof tried.value === "object" && tried.value !== null) fail("another world");
}
export default "contained";
