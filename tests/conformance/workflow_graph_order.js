// Nodes that are ready begin in the order of their names, and others when their time has come.
const nodes = {};
for (const name of ["d", "b", "a", "c", "z", "ä", "𝄞", "\u{ff5e}"]) nodes[name] = () => Watch.note(name);
await Workflow.graph({ nodes, edges: [["z", "a"], ["z", "b"], ["d", "b"]], limit: 1 }).run();
