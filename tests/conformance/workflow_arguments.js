// A wrong argument is refused where the flow is made, and named; nothing has run by then.
const one = () => 1;
const told = async (kind, spec) => {
  const { error } = await attempt(() => Workflow[kind](spec));
  const message = error.message.replace(/steps\[\d\]/, "steps[i]").replace(/edges\[\d\]/, "edges[i]");
  return [error.kind, message.replace("Workflow.", ""), error.hint ?? false];
};
export default [
  await told("sequence"), await told("sequence", 5), await told("sequence", { steps: one }), await told("sequence", { steps: [5] }), await told("sequence", { stps: [] }),
  await told("sequence", { steps: [{ name: "a" }] }), await told("sequence", { steps: [{ run: one, timout: 5 }] }), await told("sequence", { steps: [{ run: one, name: "" }] }),
  await told("sequence", { steps: [{ run: one, timeout: "soon" }] }), await told("sequence", { steps: [{ run: one, retry: { times: 0 } }] }),
  await told("sequence", { steps: [{ run: one, retry: { tmes: 0 } }] }), await told("sequence", { steps: [{ run: one, on_error: "ignore" }] }),
  await told("sequence", { steps: [], name: 5 }),
  await told("parallel", {}), await told("parallel", { branches: { a: "x" } }), await told("parallel", { branches: { a: one }, limit: 0 }), await told("parallel", { branches: { a: one }, on_error: "no" }),
  await told("parallel", { branches: { a: { run: one, name: "x" } } }),
  await told("branch", { branches: { a: one } }), await told("branch", { choose: one }), await told("branch", { choose: one, branches: { a: one }, default: 1 }),
  await told("loop", { body: one }), await told("loop", { body: one, max: 0 }), await told("loop", { body: one, max: 1.5 }), await told("loop", { max: 1 }), await told("loop", { max: 1, body: one, done: 1 }),
  await told("graph", {}), await told("graph", { nodes: { a: 1 } }), await told("graph", { nodes: { a: { run: one, depends_on: "b" } } }), await told("graph", { nodes: { a: one }, edges: ["a"] }),
  await told("graph", { nodes: { a: { run: one, needs: [] } } }), await told("graph", { nodes: { a: one }, edge: [] }), await told("graph", { nodes: { a: one }, last: 1 }),
];
