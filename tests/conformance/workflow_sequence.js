// Each step gets what the one before it returned; the number of a step counts as in `map`.
const index = [];
const flow = Workflow.sequence({
  name: "greeting",
  steps: [
    (name, i) => { index[0] = i; return `dear ${name}`; },
    { name: "shout", run: (text, i) => { index[1] = i; return text.toUpperCase(); } },
    Workflow.sequence({ steps: [(text) => Probe.echo(text + "!")] }),
  ],
});
const results = [await flow.run("ann"), await flow.run("bob"), await Workflow.sequence({ steps: [] }).run("as it was")];
const nothing = await Workflow.sequence({ steps: [() => {}, (value) => value === undefined] }).run("lost");
export default [flow.name, Workflow.sequence({ steps: [] }).name, results, nothing, index[1] - index[0], Workflow.sequence({ steps: [] }).kind];
