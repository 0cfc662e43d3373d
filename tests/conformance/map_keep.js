// keep: what went well in order, what failed with its item.
const found = await map([1, 2, 3, 4], (n) => {
  if (n % 2 === 0) fail(n + " is even", { kind: "tool" });
  return n * 10;
}, { on_error: "keep" });
const failed = found.failed.map((f) => [f.item, f.error.kind, f.error.message]);
const none = await map([1], (n) => n, { on_error: "keep" });
const all = await map([1], () => fail("no"), { on_error: "keep" });
export default [found.ok, failed, none.failed, all.ok];
