// Branches run side by side, each with the input; they begin in the order of their names.
const flow = Workflow.parallel({
  branches: {
    b: (n) => { Watch.note("b"); return Probe.slow(0.01, n + 1); },
    a: (n) => { Watch.note("a"); return Probe.slow(0.02, n); },
    c: { run: (n) => { Watch.note("c"); return Probe.echo(n * 2); } },
    d: () => {},
  },
});
const none = await Workflow.parallel({ branches: {} }).run(1);
export default [await flow.run(20), none];
