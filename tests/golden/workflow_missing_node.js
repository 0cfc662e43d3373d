const draft = () => "text";

const report = Workflow.graph({
  nodes: { outline: draft, write: { run: draft, depends_on: ["outlin"] } },
});
export default await report.run();
