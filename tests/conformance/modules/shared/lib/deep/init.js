import { double } from "../util.js";
export const name = "two";
export function triple(x) { return double(x) + x; }
