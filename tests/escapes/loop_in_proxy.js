// expect: timeout or args or memory or script
await Probe.echo(new Proxy([], { get: (_, key) => (key === "length" ? 2 ** 53 - 1 : 1) }));
