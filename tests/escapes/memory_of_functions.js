// expect: memory or timeout or budget
while (true) for (let i = 0; i < 1000; i++) Probe.apply(() => i);
