// A promise where a function is due is refused as what it is.
const said = async (call) => {
  const { error: e } = await attempt(call);
  return `${e.message} ${e.hint}`;
};
export default [
  await said(() => retry({}, Probe.echo(1))), await said(() => step("a", Probe.echo(1))), await said(() => timeout(1, Probe.echo(1))),
  await said(() => spawn(Probe.echo(1))), await said(() => attempt(Probe.echo(1))), await said(() => map([1], Probe.echo(1))),
  await said(() => race([Probe.echo(1)])), await said(() => retry(Probe.echo(1), () => 1)),
];
