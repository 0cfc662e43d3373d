// The index counts as the language counts.
export default await map(["a", "b"], (item, index) => item + index);
