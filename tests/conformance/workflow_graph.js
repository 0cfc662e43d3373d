// Each node runs once all that it depends on are done, those that do not depend on each other side by side.
const report = Workflow.graph({
  name: "report",
  nodes: {
    sales: (_, year) => Probe.slow(0.02, year + 1),
    costs: (_, year) => Probe.slow(0.01, year + 2),
    profit: { run: (inputs) => inputs.sales * 10 - inputs.costs, depends_on: ["sales", "costs"] },
    text: (inputs, year) => `${year}: ${inputs.profit} of ${inputs.sales}`,
  },
  edges: [["profit", "text"], ["sales", "text"], ["profit", "text"]],
});
const all = Workflow.graph({ nodes: { a: () => 1, b: () => 2, c: () => {} }, edges: [["a", "c"]] });
const chosen = Workflow.graph({ nodes: { a: () => 1, b: (inputs) => inputs.a + 1 }, edges: [["a", "b"]], last: "a" });
export default [await report.run(2000), await all.run(), await chosen.run(), await Workflow.graph({ nodes: {} }).run(1), await Workflow.graph({ nodes: { one: (inputs, x) => [inputs, x] } }).run(7)];
