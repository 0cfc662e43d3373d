// Two that want a module at once get the same; it is loaded once.
const found = await parallel([() => import("./lib/slow.js"), () => import("./lib/slow.js")]);
export default [found[0].state, found[1].state, found[0] === found[1] ? 1 : 0];
