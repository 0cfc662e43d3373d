// expect: timeout or script or memory
let n = 3n;
while (true) n = n * n;
