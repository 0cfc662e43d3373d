// expect: contained
const real = Promise.prototype.then;
Promise.prototype.then = function (ok, no) { return real.call(this, (value) => ok?.("forged"), no); };
Promise.resolve = () => "forged";
Promise.reject = () => "forged";
Promise.all = Promise.race = Promise.any = Promise.allSettled = () => "forged";
const Original = Promise;
globalThis.Promise = class extends Original { static get [Symbol.species]() { return Array; } };
await map([1, 2], (n) => n);
await attempt(() => Probe.fail("x"));
await timeout(5, () => 1);
export default "contained";
