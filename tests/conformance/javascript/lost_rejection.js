// A rejection that nobody handled ends the spell.
Promise.reject(new Error("nobody looked")); // HERE
await Probe.slow(0.01);
export default "fine";
