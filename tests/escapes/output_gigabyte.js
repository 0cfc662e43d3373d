// expect: output or memory or script
print("x".repeat(2 ** 29 - 100), "x".repeat(2 ** 29 - 100));
