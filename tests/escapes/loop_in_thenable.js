// expect: timeout
await { then() { while (true) {} } };
