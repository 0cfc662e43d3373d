// expect: memory or timeout
// limits: turn=1.5
const tasks = [];
while (true) tasks.push(spawn(() => sleep(100)));
