// expect: timeout
function* endless() { while (true) yield 1; }
for (const x of endless()) {}
