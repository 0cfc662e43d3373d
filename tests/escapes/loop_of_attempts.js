// expect: timeout or memory
while (true) await attempt(() => { throw 1; });
