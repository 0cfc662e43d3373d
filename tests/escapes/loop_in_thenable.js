// expect: timeout
// limits: turn=0.1
await { then() { while (true) {} } };
