import only from "./lib/only.lua";
