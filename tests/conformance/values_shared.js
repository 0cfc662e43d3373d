// The same object in two places is no cycle.
const part = { n: 1 };
export default await Probe.echo([part, [part]]);
