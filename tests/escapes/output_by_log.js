// expect: output or budget or timeout or memory
while (true) Log.info("x".repeat(10000));
