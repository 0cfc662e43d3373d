// A SpellError is an Error, and converts to its message.
let e;
try { await Probe.fail("it is full"); } catch (caught) { e = caught; }
if (!(e instanceof SpellError) || !(e instanceof Error)) fail("it is not an Error");
export default [String(e), "so: " + e, `${e}`];
