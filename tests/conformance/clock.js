// The clock is in UTC, stands while the script runs, and moves when an answer comes.
const began = Date.now();
const from = performance.now();
let n = 0;
for (let i = 1; i <= 200000; i++) n += i;
const stood = Date.now() === began && performance.now() === from;
await sleep(0.02);
export default [
  stood, from === 0, performance.now() >= 20, Date.now() >= began,
  new Date(86399000).toISOString().slice(0, 19), new Date(2020, 1, 30).getTime() / 1000,
];
