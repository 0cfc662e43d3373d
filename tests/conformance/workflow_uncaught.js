// Uncaught, the failure has the line inside the step, and then that of the run; its data says which step it was.
const draft = Workflow.sequence({
  name: "draft",
  steps: [
    (name) => `${name} and bob`,
    async (text) => {
      await Probe.fail(`no ink for ${text}`); // HERE
    },
  ],
});
const flow = Workflow.graph({ name: "letter", nodes: { write: { run: draft, timeout: "5s", retry: { times: 2, wait: 0 } } } });
await flow.run("ann");
