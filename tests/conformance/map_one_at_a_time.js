await map(["a", "b", "c"], async (x) => {
  print(x, "begins");
  await Probe.slow(0.002);
  print(x, "ends");
}, { limit: 1 });
