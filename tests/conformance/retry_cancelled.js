// Whoever cancels a retry ends its attempt, or its wait for the next one.
const busy = spawn(() => retry({ wait: 0 }, () => Watch.hang()));
const waiting = spawn(() => retry({ wait: "1h" }, (attempt) => { Watch.note(attempt); fail("no"); }));
await Probe.slow(0.03);
busy.cancel();
waiting.cancel();
const first = await attempt(() => busy.wait());
const second = await attempt(() => waiting.wait());
const late = await attempt(() => timeout(0.02, () => retry({ wait: "1h" }, () => fail("no"))));
export default [first.error.kind, second.error.kind, late.error.kind, await Watch.cancelled()];
