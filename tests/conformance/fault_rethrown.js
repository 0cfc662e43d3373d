// An error that is caught and raised again stays what it was, where it was.
try {
  await Probe.fail("no more", "budget"); // HERE
} catch (e) {
  print("giving up");
  throw e;
}
