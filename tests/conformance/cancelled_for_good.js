// Who catches the cancelling gets no further: every later call fails in the same way.
const seen = [];
const tried = await attempt(() =>
  timeout(0.02, async () => {
    for (let i = 0; i < 3; i++) {
      try { await Watch.hang(); } catch (e) { seen.push(e.kind); }
    }
  }));
await Probe.slow(0.02);
export default [tried.error.kind, seen, await Watch.cancelled()];
