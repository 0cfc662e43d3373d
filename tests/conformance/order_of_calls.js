// Calls are made in the order in which the script issues them, and those who wait go on first in, first out.
await parallel(["a", "b", "c"].map((x) => async () => {
  Watch.note(x + "1");
  await Probe.echo(1);
  Watch.note(x + "2");
  await Probe.echo(1);
  Watch.note(x + "3");
}));
