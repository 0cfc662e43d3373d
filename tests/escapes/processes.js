// expect: contained
// No process, no file and no network can be reached.
const tries = [
  () => process.exit(0), () => process.mainModule.require("child_process"), () => require("fs"), () => Deno.exit(0), () => quit(), () => exit(1),
  () => fetch("http://127.0.0.1"), () => new WebSocket("ws://127.0.0.1"), () => new XMLHttpRequest(), () => new Worker("x"), () => importScripts("x"),
  () => load("/etc/passwd"), () => read("/etc/passwd"), () => readFile("/etc/passwd"), () => os.system("id"), () => std.open("/etc/passwd"),
  () => Bun.file("/etc/passwd"), () => java.lang.System, () => window.location, () => document.cookie, () => globalThis.process.env,
];
for (const [i, fn] of tries.entries()) {
  const tried = await attempt(fn);
  if (tried.ok) fail(`try ${i}`);
}
export default "contained";
