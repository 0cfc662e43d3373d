// expect: contained or script
// profiles: medium high
// No form of a path leads out of the project, to a key, or to a descriptor.
const outside = [
  "/etc/passwd", "//etc/passwd", "/./etc/passwd", "/../etc/passwd", "../../../../../../etc/passwd", "..", "../", "./..",
  "spells/../../x", "spells/../../../etc/passwd", "/proc/self/environ", "/proc/self/fd/0", "/proc/self/root/etc/passwd",
  "/proc/self/cwd/.git/config", "/proc/thread-self/environ", "/dev/fd/3", "/dev/stdin", "/dev/zero", "/dev/tcp/127.0.0.1/80",
  "/sys/kernel", "~", "~/", "~/.ssh/id_rsa", "~/../root/.bashrc", "file:///etc/passwd", "\\\\server\\share", "C:\\boot.ini",
  ".git/config", "./.git/config", "spells/../.git/config", ".git", ".GIT/config", ".env", ".Env", ".env.local", "id_rsa", "ID_RSA",
  "a/b/../../.git/config", ".llmspell/x", "server.pem", "x.KEY", "/etc/passwd\0.txt", "spells\0", "\0", "", "a".repeat(5000),
  "a/".repeat(3000), "../".repeat(1000), "/proc/1/mem", "tests/../.git/HEAD", "README.md/../.git/HEAD", ".git//HEAD", ".git/./HEAD",
];
const odd = [
  1, 0, -1, 1.5, true, false, null, {}, ["README.md"], { path: "x" }, { toString: () => "x" }, print, Symbol("x"), 10n, "\ud800",
  Infinity, NaN, new Uint8Array([47, 101]), new Proxy({}, { get: () => "x" }), Promise.resolve("x"),
];
async function refused(fn, ...given) {
  const { ok, error } = await attempt(() => fn(...given));
  if (ok) fail("it went through");
  if (error.kind === "script" && !/does not exist|a part of it is a file/.test(error.message)) throw error;
}
if ((await attempt(() => Fs)).ok) await attack();
export default "contained";

async function attack() {
  const acts = [Fs.read, Fs.bytes, Fs.list, Fs.stat, Fs.exists];
  for (const [number, path] of outside.entries()) {
    await refused(acts[number % acts.length], path);
    await refused(Fs.write, path, "x");
    await refused(Fs.copy, path, path);
  }
  for (const path of odd) {
    await refused(Fs.read, path);
    await refused(Fs.glob, path);
    await refused(Fs.remove, path, { recursive: true });
  }
  const patterns = ["/**", "/*", "../*", "~/*", ".*", ".*/*", "**/.git/*", ".git/*", "[.]git/*", "/proc/*/environ", "**/..", "*/../../*"];
  for (const pattern of patterns) {
    const { ok, value } = await attempt(() => Fs.glob(pattern));
    for (const path of ok ? value : []) if (/^\/|^\.\.|\.git\/|\.env/.test(path)) fail(`found ${path}`);
  }
}
