// expect: timeout
await Probe.echo({ get x() { while (true) {} } });
