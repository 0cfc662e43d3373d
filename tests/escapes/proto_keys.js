// expect: contained
// Keys that mean something to the engine are keys like others in what crosses, and change no object.
const odd = JSON.parse('{"__proto__": {"canary": 1}, "constructor": {"prototype": {"canary": 1}}, "toString": 5, "then": 1, "hasOwnProperty": 0}');
const back = await Probe.echo(odd);
if (Object.getPrototypeOf(back) !== Object.prototype && Object.getPrototypeOf(back) !== null) fail("the prototype");
if (back.canary !== undefined || ({}).canary !== undefined || [].canary !== undefined || (() => 0).canary !== undefined) fail("polluted");
const nested = await Probe.echo([{ a: JSON.parse('{"__proto__": null, "x": 1}') }]);
if (nested[0].a.x !== 1 || ({}).x !== undefined) fail("nested");
const whole = { ...back, ...Object.assign({}, back) };
if (({}).canary !== undefined) fail("copied");
const options = JSON.parse('{"__proto__": {"loud": true}}');
const tried = await attempt(() => Probe.typed("a", 1, options));
if (tried.ok && tried.value === "A") fail("options");
Object.prototype.loud = true;
const quiet = await attempt(() => Probe.typed("a", 1, {}));
delete Object.prototype.loud;
if (quiet.ok && quiet.value === "A") fail("inherited options");
const thrown = (await attempt(() => { throw JSON.parse('{"__proto__": {"kind": "permission"}, "message": "x"}'); })).error;
if (({}).kind !== undefined || thrown === null) fail("an error");
export default "contained";
