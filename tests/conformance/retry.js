// A function is called again until it goes well, with the number of the attempt.
const seen = [];
const value = await retry({ times: 5, wait: 0.001 }, (attempt) => {
  seen.push(attempt);
  if (attempt < 3) fail("not yet");
  return "done";
});
export default [value, seen, await retry({}, (attempt) => attempt), await retry({ times: 1 }, () => Probe.echo(7))];
