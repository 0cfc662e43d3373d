// The inner limit is the inner one's, the outer one's reaches through it.
const inner = await attempt(() =>
  timeout(5, async () => {
    const tried = await attempt(() => timeout(0.01, () => Watch.hang()));
    return tried.error.kind;
  }));
const outer = await attempt(() => timeout(0.02, () => timeout(5, () => Watch.hang())));
export default [inner.value, outer.error.kind, await Watch.cancelled()];
