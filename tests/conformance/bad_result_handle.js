// A handle lives as long as its run and cannot be its result.
export default [await Probe.counter(1)];
