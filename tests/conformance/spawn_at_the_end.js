// When the spell ends, what it spawned and did not wait for is cancelled, with the calls.
spawn(() => Watch.hang());
spawn(async () => { await Probe.slow(0.001); spawn(() => Watch.hang()); await Watch.hang(); });
await Probe.slow(0.05);
export default "done";
