// expect: memory or script or contained
const a = [];
a[2 ** 32 - 2] = 1;
a.length = 2 ** 32 - 1;
try { await Probe.echo(a); } catch {}
export default "contained";
