// What a failure has cancelled has not ended by itself: nobody is told of it.
const work = (n) => { if (n === 2) fail("no"); return Watch.hang(); };
const { error } = await attempt(() => map([1, 2, 3, 4, 5], work, { limit: 5, name: "meter" }));
export default error.message;
