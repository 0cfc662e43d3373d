// expect: timeout
// limits: turn=0.1
[1, 2].sort(() => { while (true) {} });
