print("never");
import { double } from "./lib/utils.js";
