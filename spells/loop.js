const args = spell({
  about: "Write until the critic is happy",
  params: { topic: { type: "string", about: "what to write about" }, rounds: { default: 4, min: 1, max: 20 } },
  budget: { usd: 0.5 },
});

const best = await Workflow.loop({
  name: "polish",
  max: args.rounds,
  body: async (prev) => {
    const draft = prev
      ? await ask("Improve this text. {{advice}}\n\n{{text}}", { name: "writer", vars: prev })
      : await ask("Write a short text about {{topic}}.", { name: "writer", vars: args });
    const note = (await ask("Score this text from 0 to 10, with one line of advice:\n\n{{draft}}", {
      name: "critic",
      vars: { draft },
      schema: { score: { type: "int", min: 0, max: 10 }, advice: "string" },
    })).data;
    return { text: draft.text, score: note.score, advice: note.advice };
  },
  done: (cur) => cur.score >= 8,
}).run();

export default best.text;
