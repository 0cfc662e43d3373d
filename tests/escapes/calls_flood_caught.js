// expect: budget
while (true) try { await Probe.echo(1); } catch {}
