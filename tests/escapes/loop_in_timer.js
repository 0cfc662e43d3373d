// expect: timeout
// limits: wall=0.6 calls=1000000
while (true) await sleep(0.001);
