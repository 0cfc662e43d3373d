// expect: contained
// When the engine throws something away is nobody's business: no run could be told it again, and nothing runs after its end.
if (typeof WeakRef !== "undefined" && (() => { try { return new WeakRef({}).deref() === undefined; } catch { return false; } })()) fail("seen");
let called = 0;
try {
  const registry = new FinalizationRegistry(() => { called++; for (;;); });
  for (let i = 0; i < 50_000; i++) registry.register({ i }, i);
} catch { /* there is none */ }
for (let i = 0; i < 20; i++) { await sleep(0.001); new Array(100_000).fill(i); }
if (called) fail("called");
export default "contained";
