import util from "./lib/util.js"; // HERE
export default util;
