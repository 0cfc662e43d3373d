import { readFileSync } from "node:fs";
print(readFileSync("x"));
