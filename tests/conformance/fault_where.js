// An uncaught fault ends the spell with the line of the call.
async function inner() {
  await Probe.fail("no more", "budget"); // HERE
}
await inner();
