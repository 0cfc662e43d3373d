// A wrong argument of a verb names the parameter.
const wrong = async (fn, ...args) => {
  const tried = await attempt(() => fn(...args));
  const named = tried.error.message.replace(/ must be.*/, "").replace(/fns[[.]\d\]?/, "fns[i]");
  return `${tried.error.kind} ${named}`;
};
const one = () => 1;
export default [
  await wrong(map), await wrong(map, 5, one), await wrong(map, { a: 1 }, one), await wrong(map, [1]), await wrong(map, [1], "one"),
  await wrong(map, [1], one, { limit: "x" }), await wrong(map, [1], one, { limit: 0 }), await wrong(map, [1], one, { limit: 1.5 }),
  await wrong(map, [1], one, { on_error: "keeep" }), await wrong(map, [1], one, { limits: 3 }), await wrong(map, [1], one, 3),
  await wrong(parallel), await wrong(parallel, one), await wrong(parallel, [1]), await wrong(parallel, { a: 1 }), await wrong(parallel, [one], { limit: -1 }),
  await wrong(race), await wrong(race, []), await wrong(race, [1]), await wrong(race, one),
  await wrong(spawn), await wrong(spawn, 1), await wrong(timeout), await wrong(timeout, 1), await wrong(timeout, "1s", 1),
  await wrong(attempt), await wrong(attempt, 1), await wrong(fail), await wrong(fail, 1), await wrong(fail, "x", { kind: "odd" }), await wrong(fail, "x", { hnt: "y" }), await wrong(fail, "x", { hint: 1 }),
  await wrong(Json.decode), await wrong(Json.decode, 5),
];
