// expect: output or memory
const line = "x".repeat(1000);
while (true) print(line);
