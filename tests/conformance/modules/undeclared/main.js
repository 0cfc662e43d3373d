import "./lib/loose.js";
