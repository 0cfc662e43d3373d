// 10,000 tasks at once; their calls take turns.
const tasks = Array.from({ length: 10000 }, (_, i) => spawn(() => Probe.echo(i + 1)));
let sum = 0;
for (const task of tasks) sum += await task.wait();
export default sum;
