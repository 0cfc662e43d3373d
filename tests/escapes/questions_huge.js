// expect: contained
// profiles: high
// limits: frame=16777216 memory=134217728 memory_hard=268435456
// A question of 8 MiB, and details that are as large: no person is shown that, and the host does not dwell on it.
const big = "x".repeat(8 * 1024 * 1024);
const deep = Array.from({ length: 100000 }, (_, i) => [i]);
let told = "contained";
for (const fn of [
  () => approve(big), () => approve("Go on?", { details: deep }), () => Human.choose("Which?", [big]),
]) {
  const tried = await attempt(fn);
  if (tried.ok || tried.error.kind !== "args") told = tried.error?.message;
}
export default told;
