const name = "./lib/" + "util.js";
export default await import(name);
