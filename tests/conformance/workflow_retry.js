// A step is tried again as the verb `retry` would; so is a whole flow.
const failing = (times) => {
  let count = 0;
  return async (value) => {
    count += 1;
    Watch.note(count);
    if (count <= times) await Probe.fail("not yet");
    return `${value} after ${count}`;
  };
};
const flow = Workflow.sequence({ steps: [{ run: failing(2), retry: { times: 3, wait: 0 } }] });
const nested = Workflow.sequence({ steps: [{ run: Workflow.sequence({ steps: [failing(1)] }), retry: { times: 2, wait: 0 } }] });
const never = Workflow.graph({ nodes: { a: { run: failing(9), retry: { times: 2, wait: 0, on: ["http"] } } } });
export default [await flow.run("done"), await nested.run("done"), (await attempt(() => never.run("x"))).error.data];
