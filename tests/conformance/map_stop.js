// The first failure cancels what runs, keeps what waits from starting, and is raised.
const tried = await attempt(() =>
  map([1, 2, 3, 4, 5, 6], async (n) => {
    Watch.note(n);
    if (n === 2) {
      await Probe.slow(0.01);
      fail("two is wrong", { kind: "tool" });
    }
    await Watch.hang();
  }, { limit: 3 }));
export default [tried.error.kind, tried.error.message, await Watch.cancelled()];
