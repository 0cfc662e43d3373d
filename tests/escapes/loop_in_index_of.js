// expect: timeout or script
// limits: turn=0.1
Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1);
