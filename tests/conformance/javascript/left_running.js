// A function that still waits for a call when the spell ends was forgotten by somebody.
async function note() { await Probe.slow(0.2); } // HERE
note();
export default "fine";
