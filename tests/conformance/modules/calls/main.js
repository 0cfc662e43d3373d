// A module may call the host while it is loaded, and what calls it makes are its own.
import { first, ask } from "./lib/loaded.js";
export default [first, await ask("b")];
