// expect: output or memory
while (true) console.log("x".repeat(10000));
