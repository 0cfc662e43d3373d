// expect: contained
// What was defined for the spell stays what it is, and no way leads from it to what the engine keeps for itself.
"use strict";
const given = ["ask", "map", "Probe", "Json", "Log", "console", "attempt", "SpellError", "setTimeout"];
for (const name of given) {
  const before = globalThis[name];
  for (const spoil of [
    () => { globalThis[name] = null; },
    () => { delete globalThis[name]; },
    () => Object.defineProperty(globalThis, name, { value: null }),
    () => { before.call = null; },
    () => Object.setPrototypeOf(before, { call: () => "stolen" }),
    () => { for (const key of Reflect.ownKeys(before)) before[key] = () => "stolen"; },
  ]) try { spoil(); } catch {}
  if (globalThis[name] !== before) fail(name);
}
if ((await Probe.echo("x")) !== "x") fail("a member was replaced");
// No function of ours tells its caller, its arguments or the text of the prelude.
for (const fn of [ask, map, Probe.echo, attempt, setTimeout, print, Json.encode]) {
  for (const name of ["caller", "arguments"]) {
    let found;
    try { found = fn[name]; } catch {}
    if (found !== undefined && found !== null) fail(`${name} of ${fn.name}`);
  }
}
const names = Object.getOwnPropertyNames(globalThis).filter((name) => /guest|prelude|__|racer|callback/i.test(name));
if (names.length) fail(names.join(" "));
export default "contained";
