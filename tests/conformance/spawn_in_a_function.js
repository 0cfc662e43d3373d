// A task belongs to the function of a verb in which it was made, and is cancelled when that ends.
await map([1, 2], async () => { spawn(() => Watch.hang()); await Probe.slow(0.01); });
export default await Watch.cancelled();
