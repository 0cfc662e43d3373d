// expect: budget or memory
while (true) Log.debug("x");
