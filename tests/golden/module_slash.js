import util from "./lib/util";
