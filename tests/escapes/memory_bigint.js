// expect: memory or script or timeout
export default (2n ** (2n ** 30n)).toString().length;
