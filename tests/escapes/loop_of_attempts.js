// expect: timeout
while (true) await attempt(() => { throw 1; });
