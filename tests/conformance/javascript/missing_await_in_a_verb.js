// A verb is guarded in the same way.
const results = map([1, 2], (n) => Probe.echo(n)); // HERE
print(results.length);
