import fails from "./lib/fails.js";
