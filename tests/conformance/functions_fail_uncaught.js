// Uncaught, it ends the spell.
async function runIt() {
  return await Probe.apply(() => fail("not today", { kind: "refused" })); // HERE
}
await runIt();
