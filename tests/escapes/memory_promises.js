// expect: memory or timeout
const a = [];
while (true) a.push(new Promise(() => {}));
