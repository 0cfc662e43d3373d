// A step that fails is not remembered; whoever waits for it gets the error, with a trace of its own.
let runs = 0;
const work = async () => {
  runs += 1;
  await Probe.slow(0.01);
  if (runs === 1) fail("broken", { kind: "tool" });
  return runs;
};
const first = () => step("work", work);
const second = () => step("work", work);
const both = await parallel({ first, second }, { on_error: "keep" });
const traces = both.failed.map(({ item, error }) => [
  item, error.message, error.kind, error.where.line, error.trace.length, ...error.trace.map((place) => place.line),
]);
export default [traces, await step("work", work), await step("work", work), runs];
