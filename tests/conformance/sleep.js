// Durations are seconds or text.
await sleep(0);
await sleep(0.01);
await sleep("10ms");
await sleep("0.01s");
const refused = async (duration) => {
  const tried = await attempt(() => sleep(duration));
  return [tried.error.kind, tried.error.message];
};
export default [await refused("soon"), await refused(-1), await refused({}), await refused()];
