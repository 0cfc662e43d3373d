// expect: contained
// Setters and getters on the parent of all objects see nothing of ours, and change nothing.
const got = [];
const push = Array.prototype.push;
const names = ["0", "1", "c", "id", "op", "args", "kind", "message", "get", "set", "value", "writable", "enumerable", "configurable", "resolve", "reject",
  "ok", "hint", "data", "where", "trace", "scope", "wait", "call", "item", "next", "text", "name", "fn", "key", "job", "limit", "on_error", "pretty"];
for (let i = 0; i < names.length; i++) {
  Object.defineProperty(Object.prototype, names[i], {
    __proto__: null, set(v) { Reflect.apply(push, got, [v]); }, get() { Reflect.apply(push, got, [this]); return undefined; }, configurable: true,
  });
}
const back = await Probe.echo({ x: { y: [1, 2, 3] } });
if (back.x.y[2] !== 3) fail("values");
const tried = await attempt(() => Probe.fail("as always"));
if (tried.ok || tried.error.message !== "as always") fail("faults");
await map([1], (n) => Probe.echo(n));
print({ a: 1 });
for (let i = 0; i < names.length; i++) delete Object.prototype[names[i]];
for (let i = 0; i < got.length; i++) {
  const each = got[i];
  if (typeof each === "function") fail("a function of the prelude");
  if (each && typeof each === "object" && ("waits" in each || "children" in each || "pending" in each)) fail("an object of the prelude");
}
Object.prototype.then = function (resolve) { resolve("forged"); };
await Probe.echo(1);
delete Object.prototype.then;
export default await Probe.echo("contained");
