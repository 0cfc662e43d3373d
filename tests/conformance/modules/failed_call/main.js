import { go } from "./lib/caller.js";
await go();
