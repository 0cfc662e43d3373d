import { doubel } from "./lib/util.js";
