// null is neither a list nor a map of functions nor options.
const told = async (fn, ...args) => (await attempt(() => fn(...args))).error.message.replace(/ must be.*/, "");
const one = () => 1;
const found = [];
for (const [fn, ...args] of [[map, null, one], [parallel, null], [race, null], [map, [1], one, null]]) found.push(await told(fn, ...args));
export default found;
