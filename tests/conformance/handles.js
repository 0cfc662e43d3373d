// A handle is an object with methods; both spellings of a call are the same in Lua.
const a = await Probe.counter(10), b = await Probe.counter();
export default [await a.next(), await a.next(), await a.next(5), await b.next(), await a.next(-7), await (await Probe.counter(100)).next(1)];
