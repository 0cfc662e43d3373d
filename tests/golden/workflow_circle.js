const draft = () => "text";

const report = Workflow.graph({
  nodes: { outline: draft, write: draft, check: draft },
  edges: [["outline", "write"], ["write", "check"], ["check", "outline"]],
});
export default await report.run();
