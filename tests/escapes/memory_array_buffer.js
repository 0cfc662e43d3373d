// expect: memory or script
export default new ArrayBuffer(2 ** 33).byteLength;
