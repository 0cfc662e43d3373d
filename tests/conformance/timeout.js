// In time the result, too late an error of kind timeout, and then the work is cancelled.
const good = await timeout("5s", () => Probe.slow(0.001, "in time"));
const late = await attempt(() => timeout("20ms", () => Watch.hang()));
const failing = await attempt(() => timeout(5, () => Probe.fail("of its own")));
const instant = await timeout(5, () => "no wait at all");
export default [good, late.error.kind, late.error.message, failing.error.message, instant, await Watch.cancelled()];
