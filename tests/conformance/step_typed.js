// A typed value stays one, alone and inside of others.
const first = await step("draft", () => ask("hello"));
const second = await step("draft", () => {});
const nested = await step("nested", async () => ({ replies: [await ask("one"), await ask("two")] }));
second.text = "changed";
const third = await step("draft", () => {});
const wrong = await attempt(() => third.txet);
export default [`${first}`, `${second}`, `${third}`, nested.replies[1].text, wrong.error.message];
