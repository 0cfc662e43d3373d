// expect: timeout
// limits: turn=0.1
await Probe.echo({ get x() { while (true) {} } });
