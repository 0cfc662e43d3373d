// expect: timeout or args or memory or script
// limits: turn=0.1
await Probe.echo(new Proxy([], { get: (_, key) => (key === "length" ? 2 ** 53 - 1 : 1) }));
