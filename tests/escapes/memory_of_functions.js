// expect: memory or timeout or budget
// limits: turn=1.5
while (true) for (let i = 0; i < 1000; i++) Probe.apply(() => i);
