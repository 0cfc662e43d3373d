// expect: memory or script
// limits: turn=1.5
export default new Array(2 ** 28).fill({}).length;
