import a from "./lib/circle_a.js";
