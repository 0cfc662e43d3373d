const polish = Workflow.loop({
  body: async (text) => (await ask("Polish this: " + text)).text,
  done: (text) => text.length < 100,
});
export default await polish.run("a text");
