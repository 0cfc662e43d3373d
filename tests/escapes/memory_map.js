// expect: memory or script
// limits: turn=1.5
const m = new Map();
for (let i = 0; ; i++) m.set(i, { i });
