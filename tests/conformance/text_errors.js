// What is wrong with a text is named, and where it can be mended.
const told = async (fn, ...args) => {
  const { error } = await attempt(() => fn(...args));
  return [error.kind, error.message, error.hint ?? false];
};
export default [
  await told(Text.csv, "a,b\n1,2\n3"), await told(Text.csv, 'a,"b'), await told(Text.csv, '"a"b'), await told(Text.csv, "a,a"), await told(Text.csv, "a,"), await told(Text.csv, "a", { separator: "" }),
  await told(Text.csv, ",".repeat(1000001)), await told(Text.csv, "a", { head: true }), await told(Text.chunk, "x", { size: 0 }), await told(Text.chunk, "x", { size: 4, overlap: 3 }),
  await told(Text.chunk, "x".repeat(200001), { size: 1 }), await told(Text.slug, "?!"),
];
