// What is no data prints as something short that tells no address.
print(null, undefined);
const cycle = {};
cycle.self = cycle;
print(cycle);
print(await Probe.counter());
print(Probe);
print(print);
