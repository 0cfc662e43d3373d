import state from "./state.js";
print("tries");
await Probe.slow(0.01);
if (!state.ready) fail("not yet");
export default "there";
