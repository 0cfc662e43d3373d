// expect: contained
// Work that outlives its verb is cancelled, whatever it catches.
const late = [];
await attempt(() => timeout(0.02, async () => {
  for (let i = 0; i < 100; i++) try { await sleep(5); } catch { late.push(i); }
}));
await race([async () => { try { await sleep(5); } finally { await attempt(() => Probe.echo("late")); } }, () => 1]);
const task = spawn(() => new Promise(() => {}));
task.cancel();
await attempt(() => task.wait());
export default "contained";
