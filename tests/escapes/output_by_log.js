// expect: output or budget or timeout or memory
// limits: turn=0.1
while (true) Log.info("x".repeat(10000));
