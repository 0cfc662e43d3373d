// A caught error is a value like any other: it can be kept in the result, printed, or given to an op.
const kept = await map([1, 2], (n) => {
  if (n === 2) fail("two is wrong", { kind: "tool", hint: "leave it out" });
  return n;
}, { on_error: "keep" });
const e = kept.failed[0].error;
print(e);
print("it said", e);
Log.warn(e.message, { error: e });
const back = await Probe.echo(e);
export default [kept.ok, back.kind, back.message, back.hint, Json.decode(Json.encode(e)).message];
