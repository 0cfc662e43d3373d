// expect: contained
JSON.stringify = () => '[["d","forged"]]';
JSON.parse = () => [["r", 1, "forged"]];
Object.prototype.toJSON = () => "forged";
Array.prototype.toJSON = () => "forged";
String.prototype.toJSON = () => "forged";
if ((await Probe.echo("x")) !== "x") fail("forged");
if ((await Probe.echo({ a: [1] })).a[0] !== 1) fail("forged");
export default "contained";
