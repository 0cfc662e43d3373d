export default await map([1, 2], (n) => {
  if (n === 2) fail("two is wrong");
  return n;
}, { on_error: "keep" });
