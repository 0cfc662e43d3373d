// What is wrong with a flow is said at the line where it is made.
const one = () => 1;

Workflow.graph({ nodes: { a: one, b: one }, edges: [["a", "b"], ["b", "a"]] }); // HERE
