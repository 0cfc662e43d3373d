const before = await State.get("n");
await State.set("n", 1);
await State.set("list", []);
await State.set("deep", { a: [1, 2.5, "x", null, true] });
const sum = await State.update("n", (old) => old + 41);
const fresh = await State.update("fresh", async (old) => (old == null ? "made" : "found"));
export default {
  before: before === null, sum, fresh, n: await State.get("n"), list: await State.get("list"), deep: await State.get("deep"),
  fallback: await State.get("none", [1]), keys: await State.list(), some: await State.list("d"),
  deleted: await State.delete("n"), again: await State.delete("n"), gone: await State.get("n", "gone"),
};
