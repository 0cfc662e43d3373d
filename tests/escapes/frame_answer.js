// expect: contained
const tried = await attempt(() => Probe.apply(() => "x".repeat(2_000_000)));
const failed = await attempt(() => Probe.apply(() => { throw new Error("x".repeat(2_000_000)); }));
export default tried.ok || failed.ok ? "it went through" : await Probe.echo("contained");
