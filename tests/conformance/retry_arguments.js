// A wrong argument of retry names the parameter and what it must be.
const said = async (...args) => {
  const { error: e } = await attempt(() => retry(...args));
  return `${e.kind} ${e.message}${e.hint === undefined ? "" : ` (${e.hint})`}`;
};
const one = () => 1;
export default [
  await said({}), await said({}, 1), await said(3, one), await said({ tries: 3 }, one),
  await said({ times: 0 }, one), await said({ times: 1.5 }, one), await said({ times: "3" }, one),
  await said({ wait: "soon" }, one), await said({ wait: -1 }, one), await said({ wait: true }, one), await said({ max_wait: "1 minute" }, one),
  await said({ factor: 0.5 }, one), await said({ factor: "2" }, one), await said({ factor: 1 / 0 }, one),
  await said({ on: "http" }, one), await said({ on: [] }, one), await said({ on: ["http", "htpp"] }, one), await said({ on: ["cancelled"] }, one),
];
