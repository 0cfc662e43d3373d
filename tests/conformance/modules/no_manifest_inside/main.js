import "./lib/greedy.js";
