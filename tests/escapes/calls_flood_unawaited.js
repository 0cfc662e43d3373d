// expect: budget or memory or timeout
while (true) Probe.echo(1);
