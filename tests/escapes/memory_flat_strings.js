// expect: memory
const a = [];
while (true) a.push(Array(20000).fill("xyz").join(a.length));
