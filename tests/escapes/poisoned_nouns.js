// expect: contained
// What the host gave cannot be changed, and changing it changes nothing at the host.
for (const noun of [Probe, Json, Log, Run]) {
  for (const key of Object.keys(noun)) {
    try { noun[key] = () => "poison"; } catch {}
    try { delete noun[key]; } catch {}
    try { Object.defineProperty(noun, key, { value: () => "poison" }); } catch {}
  }
  try { Object.setPrototypeOf(noun, { echo: () => "poison" }); } catch {}
}
if ((await Probe.echo("x")) !== "x") fail("poison");
export default "contained";
