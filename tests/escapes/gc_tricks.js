// expect: contained
// What is collected tells nothing and calls nobody.
const registry = new FinalizationRegistry(() => { Probe.echo("collected"); while (true) {} });
for (let i = 0; i < 1000; i++) registry.register({}, i);
const refs = Array.from({ length: 1000 }, () => new WeakRef({}));
for (let i = 0; i < 200_000; i++) new Array(10).fill(i);
refs.filter((each) => each.deref());
export default "contained";
