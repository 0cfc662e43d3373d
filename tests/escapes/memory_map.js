// expect: memory or script or timeout
// limits: turn=1.5
const m = new Map();
for (let i = 0; ; i++) m.set(i, { i });
