// A spell runs another one: arguments, result, output, errors, and many at once.
const one = await Run.spell("kid.lua", { n: 1, note: await ask("a note") });
const many = await map([2, 3], async (n) => (await Run.spell("kid.js", { n })).double);
const bad = (await attempt(() => Run.spell("kid", { n: "x" }))).error;
const odd = (await attempt(() => Run.spell("kid", { n: 1, note: print }))).error;
const failed = (await attempt(() => Run.spell("kid.lua", { n: 0 }))).error;
print("end");
export default [
  one, many, bad.kind, odd.message, failed.kind, failed.message, failed.where.file, failed.where.line,
];
