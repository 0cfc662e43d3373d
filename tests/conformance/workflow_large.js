// A thousand nodes in a chain, and a thousand side by side.
const nodes = { last: (inputs, n) => inputs.n1000 + n }, chain = [], wide = {}, fan = [];
for (let i = 1; i <= 1000; i++) {
  nodes[`n${i}`] = (inputs, n) => (inputs[`n${i - 1}`] ?? n) + 1;
  chain.push([i > 1 ? `n${i - 1}` : "n1", i > 1 ? `n${i}` : "n2"]);
}
chain.push(["n1000", "last"]);
wide.sum = (inputs) => Object.values(inputs).reduce((sum, n) => sum + n, 0);
for (let i = 1; i <= 1000; i++) {
  wide[`n${i}`] = (_, n) => Probe.echo(n + i);
  fan.push([`n${i}`, "sum"]);
}
let deep = (n) => n + 1;
for (let i = 0; i < 200; i++) deep = Workflow.sequence({ steps: [deep] });
export default [await Workflow.graph({ nodes, edges: chain }).run(5), await Workflow.graph({ nodes: wide, edges: fan, limit: 100 }).run(0), await deep.run(1)];
