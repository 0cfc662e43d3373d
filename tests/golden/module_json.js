import prices from "./lib/prices.json";
