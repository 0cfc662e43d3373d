// expect: contained
// A call, an answer or a text that is larger than a frame is an error at its place.
const tried = await attempt(() => Probe.echo("x".repeat(2_000_000)));
export default tried.ok ? "it went through" : await Probe.echo("contained");
