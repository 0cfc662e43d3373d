// Functions are given in a list or a plain object; options in a plain object. Nothing else is taken for an empty one.
const said = async (call) => {
  const { ok, error } = await attempt(call);
  return ok ? "ok" : `${error.kind} ${error.message}`;
};
const one = () => 1;
class Bunch { a = one; }
export default [
  await said(() => parallel(new Map([["a", one]]))), await said(() => parallel(new Set([one]))),
  await said(() => parallel(new Bunch())), await said(() => parallel(Object.assign(Object.create(null), { a: one }))),
  await said(() => parallel([one, , one])), await said(() => race([, one])),
  await said(() => Workflow.parallel({ branches: new Map([["a", one]]) })),
  await said(() => Workflow.sequence({ steps: new Set() })), await said(() => Workflow.graph({ nodes: new Map() })),
  await said(() => Workflow.sequence({ steps: [new Bunch()] })),
  await said(() => Workflow.sequence(new Map())), await said(() => map([1], one, new Map([["limit", 1]]))),
];
