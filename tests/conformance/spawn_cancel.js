// cancel ends a task and the call that it waits for; waiting for it raises cancelled.
const task = spawn(async () => {
  await Watch.hang();
  print("never");
});
await Probe.echo();
task.cancel();
const tried = await attempt(() => task.wait());
task.cancel();
const done = spawn(() => 7);
const value = await done.wait();
done.cancel();
export default [tried.error.kind, await Watch.cancelled(), value, await done.wait()];
