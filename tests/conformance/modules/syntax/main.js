// Nothing runs if a module cannot.
print("runs");
import "./lib/wrong.js";
