// expect: budget or timeout or memory
while (true) Log.debug("x");
