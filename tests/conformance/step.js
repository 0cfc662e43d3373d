// A step runs once; who calls it again gets the same value, in a copy of its own.
let runs = 0;
const build = () => {
  runs += 1;
  return { runs, list: [1, 2.5, "x"], empty: [], none: null, $key: true };
};
const first = await step("build", build);
first.list[0] = "changed";
const second = await step("build", () => fail("never called"));
export default [first, second, runs, await step("other", () => 3), (await step("nothing", () => {})) === null];
