import "./lib/declares.js";
