// Timers strike in the order in which they are due, each before what the next one does.
const seen = [];
setTimeout((a, b) => { seen.push(a + b); Promise.resolve().then(() => seen.push("then")); }, 20, "x", "y");
setTimeout(() => seen.push("second"), 20);
const gone = setTimeout(() => seen.push("gone"), 1);
clearTimeout(gone);
queueMicrotask(() => seen.push("micro"));
setTimeout(() => seen.push("zero"));
let count = 0;
await new Promise((done) => {
  const id = setInterval(() => { if (++count === 3) { clearInterval(id); done(); } }, 10);
});
await new Promise((done) => setTimeout(done, 10));
export default { seen, count };
