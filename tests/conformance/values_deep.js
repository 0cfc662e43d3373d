// 64 levels cross; one more does not.
const nest = (levels) => { let value = "bottom"; while (levels--) value = [value]; return value; };
let value = await Probe.echo(nest(64)), levels = 0;
while (typeof value === "object") { value = value[0]; levels++; }
const late = await attempt(() => Probe.echo(nest(65)));
export default [value, levels, late.ok, late.error.kind, late.error.message.includes("64")];
