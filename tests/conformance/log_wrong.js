// A wrong argument of an op that nobody awaits ends the spell with the line of the call.
Log.info([1, 2]); // HERE
await Probe.slow(0.2);
export default "not reached";
