// A flow is not data, has no other members than its own, and cannot be changed.
const flow = Workflow.sequence({ name: "polish", steps: [] });
const told = async (fn) => {
  const { error } = await attempt(fn);
  return [error.kind, error.message];
};
print(flow);
export default [
  await told(() => Json.encode(flow)), await told(() => Probe.echo(flow)), await told(() => flow.rn),
  await told(() => { flow.name = "x"; }), await told(() => Workflow.serial({})), await told(() => { Workflow.x = 1; }), flow.name,
];
