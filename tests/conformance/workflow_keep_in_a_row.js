// A step whose failure is kept hands on what it was given.
const bad = () => fail("no");
const flow = Workflow.sequence({ steps: [(n) => n + 1, { run: bad, on_error: "keep" }, (n) => n * 10] });
const branch = Workflow.branch({ choose: () => "a", branches: { a: { run: bad, on_error: "keep" } } });
const loop = Workflow.loop({
  max: 4, start: 0,
  body: { run: (n) => { if (n === 2) fail("two"); return n + 1; }, on_error: "keep" },
});
export default [await flow.run(1), await branch.run("kept"), await loop.run()];
