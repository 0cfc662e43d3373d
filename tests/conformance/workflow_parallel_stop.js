// The first failure cancels what runs, keeps what waits from starting, and is raised.
const flow = Workflow.parallel({
  limit: 3,
  branches: {
    a: () => Watch.hang(),
    b: async () => { await Probe.slow(0.01); fail("two is wrong", { kind: "tool" }); },
    c: () => Watch.hang(),
    d: () => Watch.note("d"),
  },
});
const tried = await attempt(() => flow.run());
export default [tried.error.kind, tried.error.message, tried.error.data, await Watch.cancelled()];
