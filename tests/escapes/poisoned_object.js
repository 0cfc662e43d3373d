// expect: contained or script
// Setters, getters and a `then` on the parent of all objects.
const got = [];
for (const name of ["0", "1", "c", "id", "op", "args", "kind", "message", "get", "set", "value", "writable", "resolve", "reject", "ok", "hint"]) {
  Object.defineProperty(Object.prototype, name, { set(v) { got.push(v); }, get() { return undefined; }, configurable: true });
}
const back = await Probe.echo({ x: { y: [1, 2, 3] } });
if (back.x.y[2] !== 3) fail("values");
for (const each of got) {
  if (typeof each === "function" && each !== fail) fail("a function of the prelude");
}
Object.prototype.then = function (resolve) { resolve("forged"); };
await Probe.echo(1);
export default "contained";
