// A module runs once, is the same for all who ask, and finds others of its own.
import util, { double } from "./lib/util.js";
import * as again from "./lib/util.js";
import { name, triple } from "./lib/deep/init.js";
export default [double(21), again.default === util, util.runs(), name, triple(2)];
