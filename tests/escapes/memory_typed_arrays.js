// expect: memory or script
// limits: turn=1.5
const a = [];
while (true) a.push(new Uint8Array(1 << 20).fill(1));
