// expect: contained
// An object that was made by hand from parts of a real one is no handle and no reply.
const counter = await Probe.counter(5);
for (const fake of [Object.create(Object.getPrototypeOf(counter)), { ...counter }, new Proxy(counter, {}), Object.assign(Object.create(Object.getPrototypeOf(counter)), { id: 1, $handle: 1 })]) {
  const tried = await attempt(() => fake.next());
  if (tried.ok && tried.value < 6) fail("it counts");
}
const reply = await ask("x");
const fake = Object.create(Object.getPrototypeOf(reply));
await attempt(() => Probe.typed(fake));
await attempt(() => Probe.echo(new Proxy(reply, {})));
export default "contained";
