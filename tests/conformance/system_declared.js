spell({ allow: { run: ["printf %s *", "env"], env: ["LLMSPELL_TEST"] } });
const tries = [
  async () => (await System.run(["printf", "%s", "granted"])).out,
  () => System.run("printf %s granted"),
  () => System.run(["printf", "%d", "1"]),
  () => System.run(["sh", "-c", "printf %s granted"]),
  () => System.run(["env"], { env: { PATH: "." } }),
  () => System.env("PATH"),
  async () => (await System.env("LLMSPELL_TEST")) ?? "not set",
  () => System.temporary(),
];
const found = [];
for (const try_ of tries) {
  const tried = await attempt(try_);
  found.push(tried.ok ? tried.value : tried.error.kind);
}
export default found;
