// expect: contained
// The stack tells nothing about the frames below the spell.
const seen = [];
try { Error.prepareStackTrace = (error, sites) => { seen.push(...sites); return "poison"; }; } catch {}
try { Object.defineProperty(Error, "prepareStackTrace", { value: (error, sites) => { seen.push(...sites); } }); } catch {}
try { Error.prototype.prepareStackTrace = (error, sites) => { seen.push(...sites); }; } catch {}
const stacks = [];
const collect = () => { try { null.x; } catch (e) { stacks.push(e.stack); } };
collect();
try { await Probe.fail("x"); } catch (e) { stacks.push(e.stack); }
try { await Probe.echo(Symbol()); } catch (e) { stacks.push(e.stack); }
await map([1], () => { collect(); });
await Probe.apply(() => { collect(); });
await attempt(() => collect());
const holder = {};
Error.captureStackTrace(holder);
stacks.push(holder.stack);
if (seen.length) fail("call sites");
for (const stack of stacks) {
  for (const line of String(stack).split("\n").slice(1)) if (!line.includes("call_sites.js")) fail(line);
}
export default "contained";
