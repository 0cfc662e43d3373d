// A flow runs as often as it is asked to, also side by side, and its runs know nothing of each other.
const flow = Workflow.graph({
  nodes: { a: (_, n) => Probe.slow(0.02 - n / 1000, n), b: (_, n) => Probe.echo(n * 10), c: (inputs) => inputs.a + inputs.b },
  edges: [["a", "c"], ["b", "c"]],
});
const loop = Workflow.loop({ max: 3, body: Workflow.sequence({ steps: [flow, (n) => Math.floor(n / 11) + 1] }) });
export default [await map([1, 2, 3, 4, 5], flow.run), await parallel({ x: () => loop.run(1), y: () => loop.run(5) })];
