// What `then` returns is awaited by the verb that called the function: nothing was left running.
const answer = () => Probe.echo("x").then((text) => text + "!");
const later = () => Probe.slow(0.001, "y").then(answer).finally(() => {});
const counts = Event.on("counted", () => answer());
await Event.emit("counted", 1);
await State.set("n", 1);
const [first] = await Workflow.sequence({ steps: [answer, later] }).run().then((text) => [text]);
export default [
  await map([1, 2], answer), await parallel({ a: answer, b: later }), await race([answer]), await timeout("5s", later),
  await retry({}, answer), await step("once", answer), (await attempt(answer)).value, await spawn(later).wait(),
  await Promise.all([answer(), later()]), await State.update("n", (n) => Probe.echo(n).then((it) => it + 1)), first,
];
