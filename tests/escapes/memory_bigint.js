// expect: memory or script or timeout
// limits: turn=1.5
export default (2n ** (2n ** 30n)).toString().length;
