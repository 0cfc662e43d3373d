// expect: timeout
// limits: wall=0.5
while (true) { try { await sleep(10); } catch {} }
