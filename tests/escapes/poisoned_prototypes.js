// expect: contained
// Every method that the prelude could use by accident is replaced.
const { defineProperty, getOwnPropertyDescriptor, getOwnPropertyNames } = Object;
const poison = () => { throw new TypeError("poison"); };
const spoil = (holder, names) => {
  for (let i = 0; i < names.length; i++) {
    const found = getOwnPropertyDescriptor(holder, names[i]);
    if (names[i] === "constructor" || found === undefined) continue;
    const spoiled = found.get ? { __proto__: null, get: poison } : { __proto__: null, value: poison };
    try { if (found.get || typeof found.value === "function") defineProperty(holder, names[i], spoiled); } catch {}
  }
};
const kinds = [Map, Set, WeakMap, WeakSet, String, Number, Boolean, RegExp, Function, Date, Error, TypeError, Symbol, Promise, Array, Object];
const names = [];
for (let i = 0; i < kinds.length; i++) names[i] = getOwnPropertyNames(kinds[i].prototype);
const holders = [Reflect, Math, JSON, Array, Number, String, Symbol, Date, Promise, Object];
const statics = [];
for (let i = 0; i < holders.length; i++) statics[i] = getOwnPropertyNames(holders[i]);
for (let i = 0; i < kinds.length; i++) {
  if (kinds[i] === Symbol || kinds[i] === RegExp || kinds[i] === Object) continue;
  spoil(kinds[i].prototype, names[i]);
  try { defineProperty(kinds[i].prototype, Symbol.iterator, { __proto__: null, value: poison }); } catch {}
}
for (let i = 0; i < holders.length; i++) spoil(holders[i], statics[i]);
print("x", { a: 1 });
if ((await Probe.echo({ a: [1, "x"] })).a[1] !== "x") fail("values");
const tried = await attempt(() => Probe.fail("as always"));
if (tried.error.message !== "as always") fail("faults");
const mapped = await map([1, 2], (n) => Probe.echo(n));
if (mapped[1] !== 2) fail("map");
if ((await Probe.apply((n) => n + 1, [1])) !== 2) fail("functions");
Log.info("still", { here: [1] });
export default "contained";
