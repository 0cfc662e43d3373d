// Where failures are kept, all others go on, and the result says what became of each; the order is that of the names.
const short = (result) => {
  for (const each of result.failed) each.error = `${each.error.kind}: ${each.error.message} in ${each.error.data.step}`;
  return result;
};
const late = async () => { await Probe.slow(0.02); fail("late"); };
const all = Workflow.parallel({ on_error: "keep", branches: { b: late, c: () => 3, d: () => fail("soon", { kind: "tool" }) } });
const one = Workflow.parallel({ name: "one", branches: { a: { run: late, on_error: "keep" }, b: () => 2 } });
const strict = Workflow.parallel({ on_error: "keep", branches: { a: late, b: { run: () => fail("at once"), on_error: "stop" } } });
export default [short(await all.run()), short(await one.run()), (await attempt(() => strict.run())).error.message];
