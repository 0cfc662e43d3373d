// What is printed by many stays in the order in which it was printed.
await map([3, 1, 2], async (n) => {
  print("begin " + n);
  await Probe.slow(n / 50);
  print("end " + n);
});
print("all");
