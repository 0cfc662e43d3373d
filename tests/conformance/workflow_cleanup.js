// What a failure has cancelled has ended before the flow returns.
const waiting = (name) => async () => {
  try {
    await Watch.hang();
  } catch {
    print(`${name} has ended`);
  }
};
const inner = Workflow.graph({ nodes: { deep: waiting("deep") } });
const flow = Workflow.parallel({ branches: { a: waiting("a"), b: async () => { await Probe.slow(0.01); fail("b"); }, c: inner } });
const tried = await attempt(() => flow.run());
print(`${tried.error.message} is caught`);
