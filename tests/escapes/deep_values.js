// expect: contained
// Values that are nested too deep are refused wherever they cross.
let value = [];
for (let i = 0; i < 100_000; i++) value = [value];
const refused = async (fn) => !(await attempt(fn)).ok;
if (!(await refused(() => Probe.echo(value)))) fail("argument");
if (!(await refused(() => Json.encode(value)))) fail("encode");
if (!(await refused(() => Json.decode("[".repeat(200_000))))) fail("decode");
if (!(await refused(() => Json.decode('{"a":'.repeat(200_000))))) fail("decode a map");
if (!(await refused(() => Probe.apply(() => value)))) fail("answer");
try { print(value); } catch {}
export default "contained";
