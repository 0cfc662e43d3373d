// What depends on a failed node is skipped, however far away; all else runs.
const bad = async () => { await Probe.slow(0.01); fail("no data"); };
const note = (name) => () => { Watch.note(name); return name; };
const flow = Workflow.graph({
  on_error: "keep",
  nodes: { a: bad, b: note("b"), c: note("c"), d: note("d"), e: note("e"), f: bad },
  edges: [["a", "c"], ["b", "c"], ["c", "d"], ["b", "e"]],
});
const result = await flow.run();
for (const each of result.failed) each.error = each.error.data.step;
const some = await Workflow.graph({ nodes: { a: { run: bad, on_error: "keep" }, b: { run: note("never"), depends_on: ["a"] } } }).run();
export default [result, some.ok, some.skipped, some.failed[0].item];
