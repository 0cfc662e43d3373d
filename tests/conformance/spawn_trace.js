// The trace of a task goes on with where it was started.
const work = async () => { await Probe.fail("in a task"); }; // HERE
const begin = () => {
  const task = spawn(work);
  return task;
};
await begin().wait();
