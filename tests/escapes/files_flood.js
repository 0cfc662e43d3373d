// expect: contained or script or budget
// Many searches and reads at once: bounded, and the host serves others meanwhile.
const numbers = Array.from({ length: 24 }, (_, number) => number);
await attempt(() => map(numbers, async (number) => {
  if (number % 2 === 0) return (await Fs.glob("llmspell/**/*" + "*a".repeat(200))).length;
  return (await Fs.read("README.md")).length;
}, { limit: 24 }));
export default "contained";
