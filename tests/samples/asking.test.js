for (const suffix of [".lua", ".js"]) {
  test(`hello says what the model says${suffix}`, async () => {
    const result = await cast(`hello${suffix}`, {}, { model: ["Hello there, nice to meet."] });
    check.equal(result.printed + result.text, result.printed === "" ? "Hello there, nice to meet." : result.printed);
    check.contains(result.printed + result.text, "Hello there");
  });

  test(`summarise tells how many words it wants${suffix}`, async () => {
    const result = await cast(`summarise${suffix}`, { words: 7 }, { input: "a long text", model: ["short"] });
    check.equal(result.text, "short");
    check.equal(result.prompts[0].prompt, "Summarise in at most 7 words:\n\na long text");
  });

  test(`panel asks three and then the chair${suffix}`, async () => {
    const model = { "synthesise": "Start small.", "finance": "Too dear.", default: "Why not?" };
    const result = await cast(`panel${suffix}`, { question: "Should we rewrite it?" }, { model });
    check.equal(result.text, "Start small.");
    check.equal(result.prompts.length, 4);
    check.contains(result.prompts[3].prompt, "Too dear.");
  });

  test(`mapreduce reports on the worst, and counts what failed${suffix}`, async () => {
    let report = "";
    const result = await cast(`mapreduce${suffix}`, { worst: 1 }, {
      files: { "a.py": "pass", "deep/b.py": "eval(x)", "c.py": "broken", "d.txt": "no code" },
      model: (prompt, { schema }) => {
        if (schema === undefined) return (report = prompt);
        if (prompt.includes("broken")) fail("down", { kind: "model" });
        return { risk: prompt.includes("eval") ? 9 : 1, why: "because" };
      },
    });
    check.equal(result.text, report);
    check.contains(report, "1 were not rated");
    check.contains(report, "deep/b.py");
    check.ok(!report.includes("a.py"), "only the worst is told of");
  });
}
