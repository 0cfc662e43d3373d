// A call that fails stands in the module that made it.
export async function go() {
  await Probe.fail("no"); // HERE
}
