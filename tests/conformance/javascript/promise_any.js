// Where all fail, the first of the failures is the cause.
await Promise.any([Probe.fail("no ink"), Probe.fail("no paper")]);
