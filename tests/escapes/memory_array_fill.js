// expect: memory or script
export default new Array(2 ** 28).fill({}).length;
