// A race of many takes as long for each of them as a race of few.
export default await race(Array.from({ length: 20000 }, (_, i) => async () => `${i + 1} wins`));
