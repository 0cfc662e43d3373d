// A function that calls nobody is fine; so is one that calls a lot.
const list = Array.from({ length: 1000 }, (_, i) => i + 1);
export default (await map(list, (n) => n * 2)).reduce((a, b) => a + b);
