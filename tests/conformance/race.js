// The first to end decides, well or not; the others are cancelled.
const quick = await race([async () => { await Watch.hang(); return "never"; }, () => Probe.slow(0.01, "quick")]);
const atOnce = await race([() => "at once", () => Watch.hang()]);
const failed = await attempt(() => race([() => Watch.hang(), () => Probe.fail("lost")]));
export default [quick, atOnce, failed.error.message, (await Watch.cancelled()) >= 2];
