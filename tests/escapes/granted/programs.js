// allow: read=. write=out/ run='git --version','echo * x'
// A program that a rule names is that program with these words, and brings no shell, no variables and no other.
async function refused(what, ...given) {
  const { ok, error } = await attempt(() => System.run(...given));
  if (ok) fail(`${what} went through`);
  if (error.kind !== "permission" && error.kind !== "args") fail(`${what}: ${error.kind}`);
}
const commands = [
  "git --version", "git --version; id", ["git"], ["git", "--versions"], ["git", "-version"], ["git", " --version"], ["git --version"],
  ["/bin/sh", "-c", "git --version"], ["sh", "-c", "id"], ["env", "git", "--version"], ["./git", "--version"], ["out/git", "--version"],
  ["GIT", "--version"], ["git\0", "--version"], ["git", "-c", "alias.x=!id", "--version"], ["echo"], ["echo", "a"], ["echo", "a", "y"],
  ["echo", "a b", "x;id"], [], [""], "", ["*"], ["git", "*"],
];
for (const [number, command] of commands.entries()) await refused(number, command);
await refused("PATH", ["git", "--version"], { env: { PATH: "out" } });
await refused("GIT", ["git", "--version"], { env: { GIT_EXEC_PATH: "out" } });
await refused("elsewhere", ["git", "--version"], { cwd: "/" });
await refused("above", ["git", "--version"], { cwd: ".." });
if ((await System.run(["git", "--version"])).status !== 0) fail("git");
export default "contained";
