// expect: timeout
while (true) await null;
