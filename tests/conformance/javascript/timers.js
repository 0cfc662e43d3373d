// The timers that people know, over the clock of the host.
const order = [];
setTimeout((x) => order.push(x), 10, "late");
setTimeout(() => order.push("soon"), 0);
queueMicrotask(() => order.push("now"));
const stopped = setTimeout(() => order.push("never"), 5);
clearTimeout(stopped);
await sleep(0.05);
export default order;
