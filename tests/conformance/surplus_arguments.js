// A verb refuses more arguments than it has parameters, as an op does: they would have no effect.
const one = () => 1;
const said = async (verb, ...args) => {
  const { ok, error } = await attempt(() => verb(...args));
  return ok ? "ok" : `${error.kind} ${error.message}`;
};
export default [
  await said(map, [1], one, {}, 4), await said(parallel, [one], {}, 3), await said(race, [one], { limit: 1 }),
  await said(spawn, one, 1), await said(step, "a", one, {}), await said(attempt, one, 1), await said(fail, "x", {}, 3),
  await said(timeout, "1s", one, {}), await said(retry, {}, one, 3),
  await said(Workflow.sequence, { steps: [one] }, 2), await said(race, [one]),
];
