const args = spell({
  about: "Rate every file in a tree, report on the worst",
  params: { glob: "**/*.py", workers: { default: 16, min: 1, max: 64 }, worst: 20 },
  allow: { read: ["."] },
  budget: { usd: 2.0, time: "20m" },
});

const rated = await map(await Fs.glob(args.glob), async (path) => {
  const reply = await ask("How risky is this code, from 0 to 10, and why?\n\n{{code}}", {
    name: path,
    vars: { code: await Fs.read(path) },
    schema: { risk: { type: "int", min: 0, max: 10 }, why: "string" },
  });
  return { path, risk: reply.data.risk, why: reply.data.why };
}, { name: "files", limit: args.workers, on_error: "keep" });

const worst = rated.ok.sort((a, b) => b.risk - a.risk || (a.path < b.path ? -1 : 1)).slice(0, args.worst);

export default await ask("Report on these files; {{failed}} were not rated.\n\n{{worst}}", {
  name: "reporter",
  vars: { worst, failed: rated.failed.length },
});
