const page = Probe.echo("x"); // HERE
print(`${page}`);
