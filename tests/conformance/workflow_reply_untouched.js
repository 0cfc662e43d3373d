// What passes from step to step is the value itself: a reply stays a reply, and an object the same object.
const given = { a: 1 };
const flow = Workflow.sequence({ steps: [(value) => value, { run: (value) => value, timeout: 5, retry: {} }] });
const same = (await flow.run(given)) === given;
const reply = await Workflow.graph({ nodes: { a: (_, input) => ask(input) } }).run("forty two");
const pair = await Workflow.parallel({ branches: { a: () => reply } }).run();
export default [same, reply.text, reply + "!", pair.a === reply];
