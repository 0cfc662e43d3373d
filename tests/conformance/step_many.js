// 2,000 steps at once, and 2,000 that wait for one.
const list = Array.from({ length: 2000 }, (_, i) => i + 1);
const each = await map(list, (n) => step(`step ${n}`, () => n), { limit: 2000 });
const all = await map(list, () => step("one", () => Probe.slow(0.01, 7)), { limit: 2000 });
export default [each[1999], all[0] + all[1999], await step("step 77", print)];
