// Promises where steps or values are due are refused as what they are, with the cure.
const told = async (fn) => {
  const { error: e } = await attempt(fn);
  return [e.kind, e.message, e.hint];
};
const flow = Workflow.sequence({ steps: [(text) => text] });
const helper = async () => 1;
export default [
  await told(() => Workflow.sequence({ steps: [Probe.echo(1)] })), await told(() => Workflow.parallel({ branches: { a: { run: helper() } } })),
  await told(() => Workflow.graph({ nodes: { a: flow.run("x") } })), await told(() => flow.run(Probe.echo(1))), await told(() => flow.run(helper())),
  await told(() => `${flow.run(1)}`),
];
