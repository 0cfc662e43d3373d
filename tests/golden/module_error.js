import { go } from "./lib/fails.js";
go();
