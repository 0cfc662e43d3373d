// Code comes from modules of the project, and from nowhere else.
const kinds = [];
for (const fn of [
  () => import("".concat("./lib/util.js")), () => require("lib.util"), () => process.exit(1),
  () => Deno.readTextFile("x"), () => importScripts("x"), () => new XMLHttpRequest(),
  () => WebAssembly.compile, () => SharedArrayBuffer.name, () => Atomics.wait,
]) {
  const tried = await attempt(fn);
  kinds.push(tried.ok ? "there" : tried.error.kind);
}
export default kinds;
