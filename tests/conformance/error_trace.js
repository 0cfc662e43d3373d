// The trace has the spell's own frames, innermost first, and none of ours.
async function inner() { await Probe.fail("deep"); } // HERE
async function outer() {
  await inner();
  return 1;
}

await outer();
