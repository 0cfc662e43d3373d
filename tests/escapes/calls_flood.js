// expect: budget
while (true) await Probe.echo(1);
