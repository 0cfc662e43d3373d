// expect: contained or script
// Setters on the numbered places of all lists see nothing of the messages.
const got = [];
for (let i = 0; i < 8; i++) Object.defineProperty(Array.prototype, i, { set(v) { got.push?.(v); }, get() {}, configurable: true });
Array.prototype.push = function (...items) { got[got.length] = items; return 0; };
Array.prototype[Symbol.iterator] = function* () { yield "forged"; };
print("still");
await Probe.echo("here");
for (let i = 0; i < 8; i++) delete Array.prototype[i];
export default "contained";
