// A task runs beside its parent; wait gives its result as often as it is asked, or raises its error.
const task = spawn(async () => {
  print("task begins");
  await Probe.slow(0.01);
  print("task ends");
  return [42];
});
print("parent goes on");
const first = await task.wait(), again = await task.wait();
const failing = spawn(() => Probe.fail("it failed"));
const tried = await attempt(() => failing.wait());
const twice = await attempt(() => failing.wait());
export default [first, again, tried.error.kind, tried.error.message, twice.error.message];
