// A module that has failed fails for all who wait for it, and may be tried again.
import state from "./lib/state.js";
const load = async () => (await import("./lib/moody.js")).default;
const kept = await map([1, 2], load, { on_error: "keep" });
state.ready = true;
export default [kept.failed[0].error.message, kept.failed[1].error.message, await load()];
