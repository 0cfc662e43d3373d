// The lengths at which an encoding changes its form.
const lengths = [];
for (const n of [0, 31, 32, 255, 256, 65535, 65536, 1000000]) {
  const back = await Probe.echo("x".repeat(n));
  if (back !== "x".repeat(n)) fail(`${n} has changed`);
  lengths.push(back.length);
}
export default lengths;
