// An error in a module stands in the module, and the trace leads through the files.
import { go } from "./lib/broken.js";

go();
