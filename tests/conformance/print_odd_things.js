// What is no data prints as something short that tells no address; print itself never fails.
const cycle = {};
cycle.self = cycle;
print(null, undefined);
print(cycle);
print(await Probe.counter());
print(Probe);
print(print);
print(NaN, Infinity, 10n, Symbol("s"));
print([NaN]);
export default "printed";
