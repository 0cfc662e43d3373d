// expect: memory or script
let s = "x";
while (true) s += s + "y";
