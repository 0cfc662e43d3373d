// A member that a handle does not have is an error with a suggestion.
const counter = await Probe.counter();
await counter.nxt(); // HERE
