// A spell ends when its body ends: timers that are left are dropped, and so are those of a function that has ended.
setInterval(() => print("never"), 1);
setTimeout(() => print("never"), 1);
await map([1, 2], () => { setTimeout(() => print("never"), 1); });
export default "done";
