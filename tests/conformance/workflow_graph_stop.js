// The first failure cancels the nodes that run, and what waits never begins.
const flow = Workflow.graph({
  name: "all",
  nodes: {
    slow: () => Watch.hang(),
    bad: { run: async () => { await Probe.slow(0.01); await Probe.fail("broken"); }, depends_on: ["first"] },
    first: () => 1,
    after: { run: () => Watch.note("after"), depends_on: ["bad", "slow"] },
  },
});
const tried = await attempt(() => flow.run());
export default [tried.error.kind, tried.error.message, tried.error.data.step, await Watch.cancelled()];
