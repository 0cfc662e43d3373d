// What is wrong with a graph is said before anything runs, by names.
const one = () => Watch.note("ran");
const told = async (spec) => {
  const { error } = await attempt(() => Workflow.graph(spec));
  return [error.kind, error.message.replace(/edges\[\d\]/, "edges[i]"), error.hint ?? false];
};
const circle = (n) => {
  const nodes = {}, edges = [];
  for (let i = 1; i <= n; i++) nodes[`n${i}`] = one;
  for (let i = 1; i <= n; i++) edges.push([`n${i}`, `n${i % n + 1}`]);
  return { nodes, edges };
};
const abc = { c: one, a: one, b: one };
export default [
  await told({ nodes: abc, edges: [["b", "c"], ["c", "a"], ["a", "b"]] }),
  await told({ nodes: abc, edges: [["a", "a"]] }),
  await told({ nodes: { x: { run: one, depends_on: ["x"] } } }),
  await told({ nodes: { x: { run: one, depends_on: ["y"] }, y: { run: one, depends_on: ["x"] }, z: { run: one, depends_on: ["y"] } } }),
  await told({ nodes: abc, edges: [["a", "d"]] }),
  await told({ nodes: abc, edges: [[5, "a"]] }),
  await told({ nodes: { a: { run: one, depends_on: ["bb"] }, b: one } }),
  await told({ nodes: abc, last: "d" }),
  await told(circle(26)),
];
