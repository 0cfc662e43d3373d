// expect: any
// Whether V8 lets a memory error be caught or not, the host is told the truth.
try {
  const a = [];
  while (true) a.push(new Float64Array(1 << 20).fill(1));
} catch {}
export default "contained";
