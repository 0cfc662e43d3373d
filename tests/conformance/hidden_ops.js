// What an op is called that is for the prelude alone, no script can call.
const said = async (fn) => (await attempt(fn)).error.message;
export default [
  await said(() => _progress), await said(() => _progress("x", 1, 2, 0)), "_progress" in globalThis ? "there" : "`_progress` is not defined",
  await said(() => Run._progress), globalThis._progress === undefined,
];
