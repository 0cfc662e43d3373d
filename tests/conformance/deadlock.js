// Two tasks that wait for each other wait for ever, and that is said.
let b;
const a = spawn(async () => { await Probe.echo(); return await b.wait(); });
b = spawn(() => a.wait());
print("waiting");
await a.wait();
