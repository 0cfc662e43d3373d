import * as a from "./circle_a.js";
