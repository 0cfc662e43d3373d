// expect: memory
const a = [];
while (true) a.push(() => a);
