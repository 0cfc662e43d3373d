const triage = Workflow.branch({
  choose: (ticket) => ticket.kind,
  branches: { bug: () => "fix it", praise: () => "thanks" },
});
export default await triage.run({ kind: "question" });
