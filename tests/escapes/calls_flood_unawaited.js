// expect: budget or memory or timeout
// limits: turn=0.1
while (true) Probe.echo(1);
