// A computed name finds what is there already, and nothing else.
import * as util from "./lib/util.js";
const name = "./lib/" + "util";
const lost = await attempt(() => import(`${name}s.js`));
export default [(await import(`${name}.js`)).name, lost.ok, lost.error.hint !== undefined && (await import("./lib/../lib/util" + ".js")) === util];
