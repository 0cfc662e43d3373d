// A wrong argument is an error that names the parameter, and says how the op is written.
const wrong = async (...args) => {
  const tried = await attempt(() => Probe.typed(...args));
  return [tried.error.kind, tried.error.message, tried.error.hint ?? null];
};
export default [
  await wrong(),
  await wrong(1),
  await wrong("a", "x"),
  await wrong("a", 1.5),
  await wrong("a", 1, { lod: true }),
  await wrong("a", 1, { loud: "yes" }),
  await wrong("a", 1, { items: ["b", 2] }),
  await wrong("a", 1, "loud"),
  await wrong("a", 1, { loud: true }, 4),
  await wrong(true),
];
