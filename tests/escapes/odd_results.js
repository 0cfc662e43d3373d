// expect: args or script
export default new Proxy({}, { ownKeys() { throw new Error("no keys"); } });
