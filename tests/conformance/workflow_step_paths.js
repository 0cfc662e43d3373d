// An error says which step it comes from, from the outside to the inside; data of the spell's own stays as it is.
const bad = () => fail("no");
const path = async (flow) => {
  const { error } = await attempt(() => flow.run());
  return error.data?.step ?? false;
};
const throws = (value) => Workflow.sequence({ steps: [() => { throw value; }] });
const inner = Workflow.sequence({ name: "inner", steps: [() => {}, { name: "polish", run: bad }] });
const data = async (value) => (await attempt(() => throws({ kind: "tool", message: "mine", data: value }).run())).error.data;
export default [
  await path(inner), await path(Workflow.sequence({ steps: [inner] })), await path(Workflow.sequence({ name: "outer", steps: [{ name: "first", run: inner }] })),
  await path(Workflow.sequence({ steps: [() => inner.run()] })),
  await path(Workflow.parallel({ branches: { x: inner } })), await path(Workflow.branch({ choose: () => "a", branches: { a: bad } })),
  await path(Workflow.branch({ name: "b", choose: bad, branches: { a: bad } })), await path(Workflow.branch({ choose: () => "z", branches: {}, default: bad })),
  await path(Workflow.loop({ max: 3, body: async () => { if (!(await attempt(bad)).ok) bad(); } })),
  await path(Workflow.loop({ name: "l", max: 3, body: () => {}, done: bad })), await path(Workflow.graph({ name: "g", nodes: { n: Workflow.sequence({ steps: [inner] }) } })),
  await data(undefined), await data({ code: 7 }), await data({ step: "my own" }), await data([1, 2]),
];
