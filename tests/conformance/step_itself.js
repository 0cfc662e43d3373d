// A step that waits for itself would wait for ever.
export default await step("a", () => {
  return step("b", () => step("a", () => 1)); // HERE
});
