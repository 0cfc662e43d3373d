// The first failure cancels the others and is raised.
const tried = await attempt(() => parallel({
  a: () => Watch.hang(),
  b: async () => { await Probe.slow(0.01); fail("b failed"); },
  c: () => Watch.hang(),
}));
export default [tried.error.message, await Watch.cancelled()];
