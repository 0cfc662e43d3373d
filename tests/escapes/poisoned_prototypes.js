// expect: contained or script
// Every method that the prelude could use by accident is replaced.
const { defineProperty, getOwnPropertyNames } = Object;
const poison = () => { throw new TypeError("poison"); };
for (const kind of [Array, Map, Set, WeakMap, WeakSet, String, Number, RegExp, Function, Date, Error, Symbol]) {
  for (const name of getOwnPropertyNames(kind.prototype)) {
    if (name === "constructor") continue;
    try { defineProperty(kind.prototype, name, { value: poison }); } catch {}
  }
  try { defineProperty(kind.prototype, Symbol.iterator, { value: poison }); } catch {}
}
for (const holder of [Object, Reflect, Math, Array, Number, String, Symbol, Date]) {
  for (const name of getOwnPropertyNames(holder)) {
    if (typeof holder[name] === "function") try { defineProperty(holder, name, { value: poison }); } catch {}
  }
}
print("x", { a: 1 });
if ((await Probe.echo({ a: [1, "x"] })).a[1] !== "x") fail("values");
export default "contained";
