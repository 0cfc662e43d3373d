export { default } from "./lib/asks.js";
