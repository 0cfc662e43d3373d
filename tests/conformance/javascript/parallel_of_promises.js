// Promises where functions are due are refused as what they are, with the cure.
const told = async (fn) => {
  const { error: e } = await attempt(fn);
  return [e.kind, e.message, e.hint];
};
const helper = async () => 1;
export default [
  await told(() => parallel([Probe.echo(1)])), await told(() => map([1], Probe.echo(1))), await told(() => race([() => 1, helper()])),
  await told(() => attempt(Probe.echo(1))), await told(() => timeout(1, map([1], helper))),
];
