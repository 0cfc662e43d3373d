// expect: contained
// limits: output=5000000
// Much in one turn is sent in several frames.
const back = await Promise.all(Array.from({ length: 20 }, () => Probe.echo("x".repeat(100_000))));
if (back.some((text) => text.length !== 100_000)) fail("lost");
for (let i = 0; i < 30; i++) Log.info("y".repeat(100_000));
export default "contained";
