await race({ a: () => Probe.echo(1) }); // HERE
