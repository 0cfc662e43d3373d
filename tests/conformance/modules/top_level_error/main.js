import "./lib/early.js";
print("never");
