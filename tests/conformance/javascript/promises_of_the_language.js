// The promises of the language work with those of the host.
const all = await Promise.all([Probe.slow(0.01, 1), Probe.echo(2), 3]);
const settled = await Promise.allSettled([Probe.echo(1), Probe.fail("no")]);
const any = await Promise.any([Probe.fail("no"), Probe.echo("any")]);
const chained = await Probe.echo(1).then((x) => x + 1).catch(() => 0).finally(() => {});
export default [all, settled.map((s) => s.status), settled[1].reason.kind, any, chained];
