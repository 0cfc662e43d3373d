// expect: contained
// The clock and chance are those of the run, by each of their names: what a run is told it can be told again.
const now = Date.now();
for (let i = 0; i < 1e6; i++) if (i % 250_000 === 0 && Date.now() !== now) fail("the clock moves within a turn");
if (new Date().getTime() !== now || +new Date() !== now || Date.parse(new Date().toISOString()) !== now) fail("another date");
const steps = new Set();
for (let i = 0; i < 100; i++) steps.add(globalThis.performance?.now() ?? 0);
if (steps.size !== 1) fail("performance");
if (typeof SharedArrayBuffer !== "undefined" || typeof Atomics !== "undefined") print("shared memory");
for (let i = 0; i < 1000; i++) { const n = Math.random(); if (!(n >= 0 && n < 1)) fail("chance"); }
for (const odd of [NaN, Infinity, -1, 1e300, {}, "x", Symbol.iterator, null]) await attempt(() => new Date(odd).toISOString());
for (const odd of [-1, 1e300, {}, "x"]) await attempt(() => crypto.getRandomValues(new Uint8Array(odd)));
export default "contained";
