// expect: contained
// Values of every odd kind are refused or cross as data; none of them breaks anything.
const odd = [
  new Proxy({}, { ownKeys() { throw 1; } }), new Proxy({}, { get() { throw 1; } }), new Proxy([], { getPrototypeOf() { throw 1; } }),
  new Proxy({}, { ownKeys: () => ["a", "b"], getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }) }),
  Object.create(null), new Date(8.64e15), new Date(NaN), new Date(-1e15), Object(1n), Object("x"), Object(1), Object(Symbol()), [,,1], new Array(5),
  { [Symbol.toPrimitive]() { throw 1; } }, { toJSON() { throw 1; } }, { get a() { throw 1; } }, "\ud800", { "\udfff": 1 }, ["\ud800"], -0, globalThis,
  Object.defineProperty({}, "x", { get() { return this; }, enumerable: true }), function () {}, class {}, async () => {}, function* () {}, new WeakMap(), Math, Reflect,
];
for (const value of odd) {
  await attempt(() => Probe.echo(value));
  await attempt(() => Probe.echo([value]));
  await attempt(() => Json.encode(value));
  await attempt(() => Probe.apply(() => value));
  try { print(value); } catch {}
  await attempt(() => { throw value; });
}
export default await Probe.echo("contained");
