// expect: memory or script
const a = [];
while (true) a.push(new Uint8Array(1 << 20).fill(1));
