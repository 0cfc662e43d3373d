const args = spell({
  about: "A panel answers side by side, a chair synthesises",
  params: { question: { type: "string", about: "what to put to the panel" } },
  budget: { usd: 0.5 },
});

const roles = ["security engineer", "staff developer", "finance lead"];

const views = await map(roles, (role) =>
  ask(args.question, { name: role, system: `You are a ${role}. Answer in three sentences.` }));

export default await ask("Synthesise one answer to: {{question}}\n\n{{views}}", {
  name: "chair",
  vars: { question: args.question, views },
});
