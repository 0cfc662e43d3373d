// A step that takes too long is cancelled, and fails; the time is that of one attempt.
const slow = { run: async () => { Watch.note("slow"); await Watch.hang(); }, timeout: "20ms" };
const late = (await attempt(() => Workflow.sequence({ name: "s", steps: [slow] }).run())).error;
const kept = await Workflow.graph({ on_error: "keep", nodes: { a: slow, b: () => Probe.slow(0.05, "in time") } }).run();
const whole = (await attempt(() => timeout("20ms", Workflow.parallel({ branches: { a: () => Watch.hang(), b: () => Watch.hang() } }).run))).error;
const again = { run: slow.run, timeout: "5ms", retry: { times: 3, wait: 0, on: ["timeout"] } };
const thrice = (await attempt(() => Workflow.sequence({ steps: [again] }).run())).error;
const inner = Workflow.sequence({ name: "inner", steps: [() => Watch.hang()] });
export default [
  [late.kind, late.message, late.data.step], [kept.ok, kept.failed[0].error.kind], [whole.kind, whole.data ?? false], [thrice.kind, thrice.data],
  (await attempt(() => Workflow.sequence({ steps: [{ run: inner, timeout: "5ms" }] }).run())).error.data.step, await Watch.cancelled(),
];
