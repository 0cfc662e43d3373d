const { what } = spell({ params: { what: "string" } });
const refused = async (name, fn) => { if ((await attempt(fn)).ok) fail(`${what}: ${name} went through`); };
await refused("outside", () => Fs.read("../outside.txt"));
await refused("passwd", () => Fs.read("/etc/passwd"));
await refused("hidden", () => Fs.read(".env"));
await refused("write", () => Fs.write("notes/x.txt", "x"));
await refused("itself", () => Fs.write("child.js", "x"));
await refused("other", () => Http.get("http://127.0.0.1:9/"));
await refused("id", () => System.run(["id"]));
await refused("shell", () => System.run("git log"));
await refused("variables", () => System.run(["git", "log", "-1"], { env: { GIT_PAGER: "id" } }));
await refused("env", () => System.env("HIDDEN"));
await refused("state", () => State.shared("other"));
await refused("secret", () => Secrets.get("KEY"));
if (what !== "all") {
  await refused("git", () => System.run(["git", "log", "-1"]));
  await refused("shown", () => System.env("SHOWN"));
  await refused("site", () => Http.get("http://SITE/page"));
  await refused("team", () => State.shared("team"));
}
if (what !== "all" && what !== "above") await refused("out", () => Fs.write("out/x.txt", "x"));
if (what === "nothing") {
  await refused("read", () => Fs.read("notes/a.txt"));
  await refused("exists", () => Fs.exists("notes/a.txt"));
  await refused("list", () => Fs.list("."));
  await refused("glob", async () => { if ((await Fs.glob("**/*")).length === 0) fail("nothing"); });
  await refused("prompt", () => Prompt.load("shown"));
  await refused("spell", () => Run.spell("child", { what: "nothing" }));
}
if (what === "files") {
  if (!(await Fs.read("notes/a.txt")).includes("note")) fail("no file");
  await refused("beside", () => Fs.read("shown.txt"));
  const again = await Run.spell("child", { what: "nothing" }, { allow: {} });
  const wide = { allow: { read: ["*"], write: ["*"] } };
  await refused("wider", () => Run.spell("reads", { path: "shown.txt" }, wide));
  if (again !== "contained") fail(again);
}
export default "contained";
