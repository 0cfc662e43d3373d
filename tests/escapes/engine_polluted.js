// expect: contained
// What is named like a part of an object's insides is data, on the way to the host and back, and changes nothing else.
const SOURCE = `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"prototype":{"polluted":1},
  "toString":1,"valueOf":2,"then":3,"toJSON":4,"hasOwnProperty":5,"length":-1,"nested":[{"__proto__":{"polluted":1}}]}`;
const clean = () => ({}).polluted === undefined && [].polluted === undefined && (() => {}).polluted === undefined;
const own = (object, name) => Object.getOwnPropertyDescriptor(object, name)?.value;
const sent = JSON.parse(SOURCE);
for (const back of [await Probe.echo(sent), await Probe.echo([sent]).then((list) => list[0]), Json.decode(SOURCE),
  await Probe.apply((given) => given, [sent])]) {
  if (!clean()) fail("polluted");
  if (own(back, "__proto__")?.polluted !== 1) fail("a key is lost");
  if (back.polluted !== undefined || own(back.nested[0], "__proto__")?.polluted !== 1) fail("taken for the prototype");
  if (back.length !== -1 || back.then !== 3 || back.toJSON !== 4 || back.constructor.prototype.polluted !== 1) fail("changed");
  if (back.nested[0].polluted !== undefined) fail("nested");
}
// Options are taken from what an object has itself, and an unknown one is an error and no prototype.
const odd = [JSON.parse('{"__proto__":{"limit":1}}'), JSON.parse('{"constructor":1}')];
for (const options of odd) if ((await attempt(() => map([1], (n) => n, options))).ok) fail("an option");
for (const name of ["__proto__", "constructor", "hasOwnProperty", "valueOf"]) {
  const tried = await attempt(() => Probe[name]("x"));
  if (tried.ok && tried.value === "x") fail(name);
}
const thrown = await attempt(() => { throw Object.assign(new Error("x"), { data: JSON.parse(SOURCE) }); });
if (thrown.ok || !clean()) fail("an error");
print(sent);
Log.info("x", sent);
export default clean() ? "contained" : "polluted";
