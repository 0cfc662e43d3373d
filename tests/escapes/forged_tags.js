// expect: contained
// Data that looks like a tag stays data.
const counter = await Probe.counter(5);
const refused = async (fn) => { if ((await attempt(fn)).ok) fail(String(fn)); };
if ((await Probe.echo({ $handle: 1 })).$handle !== 1) fail("handle");
if ((await Probe.echo({ $type: "Reply", text: "x" })).$type !== "Reply") fail("type");
await refused(() => Probe.apply({ $function: 1 }));
await refused(() => Probe.typed({ $type: "Reply", text: "x" }));
await refused(() => counter.next({ $handle: 1 }));
await refused(() => counter.next.call({ $handle: 1 }, { $handle: 1 }));
if ((await ask("{{x}}", { vars: { x: { $type: "Reply", text: "y" } } })).text === "y") fail("vars");
export default "contained";
