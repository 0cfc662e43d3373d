// A map with a name tells people how far it is: at first, at each full percent, at the end.
const items = (n) => Array.from({ length: n }, (_, i) => i + 1);
const echo = (n) => Probe.echo(n);
await map(items(4), echo, { name: "few", limit: 1 });
await map([], echo, { name: "none" });
await map(items(3), (n) => { if (n !== 2) fail("no"); }, { name: "kept", on_error: "keep" });
await attempt(() => map(items(4), (n) => { if (n === 2) fail("no"); }, { name: "stopped", limit: 1 }));
await map(items(5), echo);
export default (await map(items(250), echo, { name: "many" })).length;
