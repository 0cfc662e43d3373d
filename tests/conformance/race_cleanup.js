// Those who lose a race have ended when it returns.
const loser = async () => {
  try {
    await Watch.hang();
  } catch (e) {
    print(`cleans up: ${e.kind}`);
  }
  try {
    await Probe.echo();
  } catch (e) {
    print(`asks: ${e.kind}`);
    throw e;
  }
};
await race([loser, async () => { await loser(); await map([1, 2], loser); }, () => Probe.slow(0.01)]);
print("after the race");
await timeout("1s", async () => { spawn(loser); await Probe.slow(0.01); });
print("after the task");
export default await Watch.cancelled();
