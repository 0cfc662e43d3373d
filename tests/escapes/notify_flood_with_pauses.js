// expect: budget
while (true) { Log.debug("x"); await sleep(0); }
