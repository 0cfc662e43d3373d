// expect: timeout or memory or script
// limits: turn=0.1
Array(2 ** 32 - 1).fill(0).reverse().map(() => 1);
