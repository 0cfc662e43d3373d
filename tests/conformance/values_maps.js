// Keys are text of any kind, and none of them is special.
const map = {
  "": 1, a: 2, 1: 3, "żółć 👩‍🚀": 4, ["__proto__"]: 5, constructor: 6, toString: 7, length: 8, __index: 9, then: 10,
  __gc: 11, "a.b": 12,
};
const back = await Probe.echo(map);
for (const [key, value] of Object.entries(map)) if (back[key] !== value) fail(`${key} has changed`);
const wide = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i + 1}`, i + 1]));
if ((await Probe.echo(wide)).k300 !== 300) fail("it is not wide");
export default [back, {}, { inner: {} }, { null: null, left_out: undefined }];
