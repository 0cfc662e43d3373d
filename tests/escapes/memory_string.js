// expect: memory or script
// limits: turn=1.5
let s = "x";
while (true) s += s + "y";
