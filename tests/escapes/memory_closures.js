// expect: memory
// limits: turn=1.5
const a = [];
while (true) a.push(() => a);
