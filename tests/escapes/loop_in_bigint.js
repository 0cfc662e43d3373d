// expect: timeout or script or memory
// limits: turn=0.1
let n = 3n;
while (true) n = n * n;
