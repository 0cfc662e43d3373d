import util from "./lib/util.js";
export default util;
