// expect: timeout or memory or script
Array(2 ** 32 - 1).fill(0).reverse().map(() => 1);
