// expect: output or memory
while (true) console.error("x".repeat(10000));
