// The last error is raised, with its own line, the line of retry, and how often it was tried.
const connect = async (attempt) => {
  Watch.note(attempt);
  await Probe.fail("no answer", "http"); // HERE
};

await retry({ wait: 0.001 }, connect);
