// A comparator cannot wait: what a verb returns there is a promise, which is no number.
const said = [];
for (const compare of [
  () => map([1], print), () => retry({}, () => 1), () => step("a", () => 1), () => race([() => 1]), () => sleep(0),
]) {
  const { error: e } = await attempt(() => [2, 1].sort(compare));
  said.push(e.message);
}
export default said;
