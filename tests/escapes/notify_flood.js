// expect: budget or timeout or memory
// limits: turn=0.1
while (true) Log.debug("x");
