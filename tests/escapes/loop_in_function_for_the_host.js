// expect: timeout
// limits: turn=0.1
await ask("hello", { on_text() { while (true) {} } });
