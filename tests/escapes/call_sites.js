// expect: contained
// The stack tells nothing about the frames below the spell.
const seen = [];
Error.prepareStackTrace = (error, sites) => { seen.push(...sites); return "poison"; };
const collect = () => { try { null.x; } catch (e) { return e.stack; } };
collect();
try { await Probe.fail("x"); } catch (e) { e.stack; }
try { await Probe.echo(Symbol()); } catch (e) { e.stack; }
await map([1], () => { collect(); });
await Probe.apply(() => { collect(); });
for (const site of seen) {
  for (const name of ["getFunction", "getThis", "getEvalOrigin", "getTypeName"]) {
    const value = site[name]?.();
    if (typeof value === "function" && /native|pending|deliver/.test(value.name)) fail(`a function of the prelude: ${value.name}`);
    if (value && typeof value === "object" && value !== globalThis && Object.keys(value).some((key) => /pending|out|deliver|drain/.test(key))) fail("an object of the prelude");
  }
}
export default "contained";
