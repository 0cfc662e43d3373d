// What a round returns is what the next one gets; the last value is the result.
const rounds = [];
const double = Workflow.loop({
  max: 10, start: 1,
  body: (n, i) => { rounds.push(i); return Probe.echo(n * 2); },
  done: async (n, i) => n > 50,
});
const first = await double.run();
const count = Workflow.loop({ max: 3, body: (list, i) => { list.push(i - rounds[0]); return list; } });
const given = Workflow.loop({ max: 1, start: "start", body: (value) => value });
export default [first, rounds.length, rounds[1] - rounds[0], await double.run(40), await count.run([]), await given.run(), await given.run("input")];
