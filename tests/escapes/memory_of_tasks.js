// expect: memory or timeout
const tasks = [];
while (true) tasks.push(spawn(() => sleep(100)));
