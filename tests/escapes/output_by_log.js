// expect: output or budget or memory
while (true) Log.info("x".repeat(10000));
