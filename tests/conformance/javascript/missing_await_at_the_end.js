// A call whose promise nobody looked at when the spell ends is an error, not a loss.
Probe.slow(0.2); // HERE
export default "fine";
