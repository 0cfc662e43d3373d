// An error goes up through all verbs with its own line, and the line of each.
const work = async () => { await Probe.fail("deep"); }; // HERE
const steps = () => step("s", work);
const retries = () => {
  return retry({ times: 2, wait: 0 }, steps);
};
const times = () => {
  return timeout("5s", retries);
};
const races = () => {
  return race([times, () => Watch.hang()]);
};
const all = () => {
  return parallel({ a: races });
};
await map([1], all);
