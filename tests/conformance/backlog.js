// 300 calls at once under a limit of 256: further ones wait their turn, and all finish.
const fns = Array.from({ length: 300 }, (_, i) => () => Probe.slow(0.05, i + 1));
export default (await parallel(fns)).reduce((a, b) => a + b);
