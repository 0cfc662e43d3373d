print("never");
import "./lib/broken.js";
