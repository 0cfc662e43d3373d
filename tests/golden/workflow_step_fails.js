const draft = Workflow.sequence({
  name: "draft",
  steps: [
    (topic) => "on " + topic,
    { name: "check", run: (text) => {
      fail("nothing is known " + text, { hint: "take another topic" });
    } },
  ],
});
const report = Workflow.parallel({ name: "report", branches: { summary: draft } });
export default await report.run("dragons");
