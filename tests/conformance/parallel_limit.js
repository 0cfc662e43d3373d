const fns = Array.from({ length: 12 }, (_, i) => () => Probe.slow(0.005, i));
export default (await parallel(fns, { limit: 3 })).length;
