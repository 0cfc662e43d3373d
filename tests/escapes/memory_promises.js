// expect: memory or timeout
// limits: turn=1.5
const a = [];
while (true) a.push(new Promise(() => {}));
