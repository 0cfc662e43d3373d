// expect: script
throw new Error("x".repeat(2_000_000));
