// The error of a bad value has the line of the call.
const value = {
  ratio: 0 / 0,
};

await Probe.echo(value); // HERE
