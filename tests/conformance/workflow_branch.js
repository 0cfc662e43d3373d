// One branch runs; what chooses it may ask for the key, and a reply counts as its text.
const flow = Workflow.branch({
  name: "triage",
  choose: (ticket) => ask(ticket.kind),
  branches: { bug: (ticket) => "fix " + ticket.id, praise: Workflow.sequence({ steps: [() => "thanks"] }) },
});
const other = Workflow.branch({ choose: (key) => key, branches: { a: () => 1 }, default: (key) => "no " + key });
const lost = async (key) => (await attempt(() => Workflow.branch({ choose: () => key, branches: { b: print, a: print } }).run())).error;
const unknown = await lost("c");
const nothing = await lost(5);
export default [
  await flow.run({ kind: "bug", id: "7" }), await flow.run({ kind: "praise" }), await other.run("a"), await other.run("z"),
  [unknown.kind, unknown.message, unknown.hint, nothing.kind, nothing.message],
];
