// Where the one that runs a step is cancelled, the next that waits for it runs it.
const runs = (name) => () => step("shared", () => { Watch.note(name); return Probe.slow(0.02, name); });
const [first, second, third] = [spawn(runs("first")), spawn(runs("second")), spawn(runs("third"))];
await Probe.echo();
first.cancel();
export default [await second.wait(), await third.wait(), (await attempt(() => first.wait())).error.kind];
