// A flow that is cancelled ends in all of its depth, and begins nothing more.
const deep = Workflow.sequence({ steps: [() => Watch.hang(), () => Watch.note("never")] });
const flow = Workflow.loop({ max: 5, body: Workflow.parallel({ on_error: "keep", branches: { a: deep, b: { run: deep, on_error: "keep" } } }) });
const winner = await race([() => flow.run(), () => Probe.slow(0.01, "first")]);
const task = spawn(() => flow.run());
await Probe.echo(1);
task.cancel();
const ended = await attempt(() => task.wait());
export default [winner, ended.error.kind, await Watch.cancelled()];
