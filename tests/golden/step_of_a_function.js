const make = await step("make", () => {
  return () => 1;
});
export default make();
