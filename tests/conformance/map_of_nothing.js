// A function that returns nothing leaves null in its place.
const results = await map([1, 2, 3], (n) => { if (n === 2) return n; });
export default [results.length, results];
