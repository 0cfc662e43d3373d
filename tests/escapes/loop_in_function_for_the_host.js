// expect: timeout
await ask("hello", { on_text() { while (true) {} } });
