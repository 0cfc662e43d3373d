// There is no way to load code, here or from disk.
const kinds = [];
for (const fn of [
  () => require("lib.util"), () => process.exit(1), () => fetch("https://example.org"),
  () => Deno.readTextFile("x"), () => importScripts("x"), () => new XMLHttpRequest(),
  () => WebAssembly.compile, () => SharedArrayBuffer.name, () => Atomics.wait,
]) {
  const tried = await attempt(fn);
  kinds.push(tried.ok ? "there" : tried.error.kind);
}
export default kinds;
