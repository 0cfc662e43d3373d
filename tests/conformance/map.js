// Results come in the order of the items, whatever takes longest; 8 run at once unless said.
const list = Array.from({ length: 20 }, (_, i) => i + 1);
export default await map(list, (n) => Probe.slow((21 - n) / 1000, n * n));
