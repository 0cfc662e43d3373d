// expect: memory or script
// limits: turn=1.5
export default new ArrayBuffer(2 ** 33).byteLength;
