// expect: contained
// Thousands of timers take one call among those in flight.
let struck = 0;
for (let i = 0; i < 5_000; i++) setTimeout(() => { struck++; }, i % 50);
const far = [];
for (let i = 0; i < 5_000; i++) far.push(setTimeout(() => fail("far"), 1e9 + i));
await new Promise((done) => setTimeout(done, 60));
for (let i = 0; i < far.length; i++) clearTimeout(far[(i * 7919) % far.length]);
await Probe.echo(1);
if (struck !== 5_000) fail(`${struck}`);
export default "contained";
