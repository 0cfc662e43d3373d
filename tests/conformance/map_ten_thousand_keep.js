// 10,000 items, 50 at once, each third of which fails; people are told a hundred times.
const list = Array.from({ length: 10000 }, (_, i) => i + 1);
const made = await map(list, async (n) => {
  await sleep(0);
  if (n % 3 === 0) fail(`no ${n}`);
  return n;
}, { limit: 50, name: "items", on_error: "keep" });
export default [made.ok.length, made.ok[6666], made.failed.length, made.failed[3332].item, made.failed[3332].error.message];
