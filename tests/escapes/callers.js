// expect: contained
// No function of the prelude can be had from inside a callback.
function sloppy() { return sloppy.caller; }
function args() { return arguments.callee.caller; }
const tries = [() => map([1], sloppy), () => map([1], args), () => Probe.apply(args), () => ask.caller, () => ask.arguments, () => Probe.echo.toString(), () => print.toString()];
for (const fn of tries) {
  const tried = await attempt(fn);
  const value = Array.isArray(tried.value) ? tried.value[0] : tried.value;
  if (typeof value === "function") fail("a caller");
  if (typeof value === "string" && value.length > 60 && !value.includes("[native code]")) fail("source of the prelude");
}
export default "contained";
