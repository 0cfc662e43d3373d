// expect: timeout
// limits: turn=0.1
function* endless() { while (true) yield 1; }
for (const x of endless()) {}
