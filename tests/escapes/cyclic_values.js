// expect: contained
// A value in which something holds itself, crosses nowhere whole.
const ring = [1];
ring.push(ring);
const pair = { a: {} };
pair.a.b = pair;
const endless = { get x() { return { get x() { return this; } }; } };
for (const value of [ring, pair, endless]) {
  const tries = [
    () => Probe.echo(value), () => Event.emit("x", value), () => State.set("x", value), () => Log.info("x", value),
    () => ask("{{x}}", { vars: { x: value } }), () => Run.spell("x", { x: value }),
  ];
  for (const [number, fn] of tries.entries()) if ((await attempt(fn)).ok) fail(`it went through: ${number}`);
}
export default "contained";
