// The value of a step must be data; the error names the step, and the next call runs it again.
const said = async (value) => {
  const { error: e } = await attempt(() => step("bad", () => value));
  return `${e.kind}: ${e.message}`;
};
const loop = {};
loop.loop = loop;
export default [
  await said(() => {}), await said({ deep: { fn: () => {} } }), await said(loop), await said(0 / 0), await said(await Probe.counter()),
  await said(Probe), await step("bad", () => "good"),
];
