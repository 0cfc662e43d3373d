// What a step has begun ends with it; what it has lost makes it fail.
const flow = Workflow.sequence({ steps: [async () => { spawn(() => Watch.hang()); await Probe.echo(1); }, () => Watch.cancelled()] });
const lost = Workflow.sequence({ name: "lost", steps: [async () => { spawn(() => fail("in the background")); await Probe.slow(0.01); return 1; }] });
const tried = await attempt(() => lost.run());
export default [await flow.run(), tried.error.message, tried.error.data.step];
