// An option that a verb does not know is refused, with those that it knows.
const said = async (fn, ...args) => {
  const { error: e } = await attempt(() => fn(...args));
  return `${e.kind}: ${e.message} (${e.hint})`;
};
const one = () => 1;
export default [
  await said(map, [1], one, { limti: 2 }), await said(parallel, [one], { name: "x" }), await said(fail, "x", { hnt: "y" }),
  await said(Json.encode, "x", { prety: true }), await said(Probe.typed, "a", 1, { zz: 1 }),
  await map([1], one, { name: "numbers", limit: 1, on_error: "stop" }),
];
