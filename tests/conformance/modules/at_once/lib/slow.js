print("loads");
await Probe.slow(0.01);
export const state = "ready";
