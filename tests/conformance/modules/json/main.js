// A JSON file is a module: its data, one for the whole run.
import prices from "./data/prices.json" with { type: "json" };
import same from "./lib/same.js";
prices.apple = 1.5;
export default [prices, prices.list.length, same === prices];
