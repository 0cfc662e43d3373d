// expect: timeout or memory
// limits: turn=0.1
while (true) await attempt(() => { throw 1; });
