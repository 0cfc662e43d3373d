// A chain that nobody waits for is forgotten, in a function and at the end of a spell.
const lost = await attempt(() => map([1], () => { Probe.slow(5).then(print); }));
print(lost.error.message);
async function main() { await Probe.slow(5); }
main().then(() => print("never")); // HERE
