const list = Array.from({ length: 9 }, (_, i) => i + 1);
const two = await map(list, (n) => { Watch.note(n); return Probe.slow(0.002, n); }, { limit: 2 });
export default [two.length, (await map([1], () => 1, { limit: 100 })).length];
