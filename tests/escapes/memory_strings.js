// expect: memory
const a = [];
while (true) a.push("x".repeat(100000) + a.length + a[a.length - 1]?.length);
