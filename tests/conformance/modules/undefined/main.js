import typo from "./lib/typo.js";
typo();
