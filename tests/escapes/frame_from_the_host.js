// expect: contained
// An answer that is too large for a frame is a fault of the call.
const part = await Probe.echo("x".repeat(400_000));
const tried = await attempt(() => Probe.typed(part, 10));
export default tried.ok ? "it went through" : await Probe.echo("contained");
