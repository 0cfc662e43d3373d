// expect: contained
// No name that is computed leads to a file, and what the code of a module has as `this` leads nowhere.
const names = [
  "/etc/passwd", "../secret.js", "./lib/util.js", "", ".", "..", "fs", "\0", "a\nb", "__proto__", "constructor", "./__proto__", "toString",
  "./../../../etc/passwd", "./" + "../".repeat(10000) + "x.js", "x".repeat(100000), "data:text/javascript,1", "./lib/x.json",
];
for (const name of names) {
  const tried = await attempt(() => import(name));
  if (tried.ok) fail(`loaded ${name}`);
  const again = await attempt(() => this.load(name));
  if (again.ok) fail(`loaded ${name}`);
}
for (const value of [1, null, undefined, {}, () => 1, Symbol("x"), 1n, { toString: () => "./lib/util.js" }]) {
  const tried = await attempt(() => import(value));
  if (tried.ok) fail(`loaded ${typeof value}`);
}
for (const key of Reflect.ownKeys(this)) {
  if (!["default", "names", "given", "load"].includes(key)) fail(key);
}
this.given = this.names = new Proxy({}, { get() { throw new Error("read"); }, getOwnPropertyDescriptor: () => undefined });
export default "contained";
