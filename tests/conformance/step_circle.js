// So would two that wait for each other.
const a = () => step("a", async () => { await Probe.slow(0.01); return step("b", () => 1); });
const b = () => step("b", async () => { await Probe.slow(0.02); return step("a", () => 2); });
const both = await parallel({ a, b }, { on_error: "keep" });
const itself = await attempt(() => step("c", () => step("c", print)));
const task = await attempt(() => step("d", () => spawn(() => step("d", print)).wait()));
export default [both.failed[0].error.message, both.failed.length, itself.error.message, task.error.message, await step("a", () => 3)];
