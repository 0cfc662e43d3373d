// expect: contained
// The parser gives up cleanly.
for (const text of ["(".repeat(100_000), "[".repeat(100_000), "{".repeat(100_000), "!".repeat(100_000) + "1", "a=>".repeat(100_000) + "1"]) {
  try { new Function(text); } catch {}
}
export default "contained";
