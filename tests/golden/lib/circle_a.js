export * from "./circle_b.js";
