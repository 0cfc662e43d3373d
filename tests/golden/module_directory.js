import lib from "./lib";
