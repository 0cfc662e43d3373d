// expect: contained
// limits: calls=3000 wall=20 memory=67108864 memory_hard=268435456
// Two thousand questions where nobody is: each is answered with an error, and nothing is left behind.
let refused = 0;
const list = Array.from({ length: 2000 }, (_, i) => i);
await map(list, async (i) => {
  if ((await attempt(() => approve(`Go on ${i}?`))).error.kind === "approval") refused += 1;
}, { limit: 32 });
export default refused === 2000 ? "contained" : refused;
