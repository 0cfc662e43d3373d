// A wrong argument of step names the parameter.
const said = async (...args) => {
  const { error: e } = await attempt(() => step(...args));
  return `${e.kind} ${e.message}`;
};
const one = () => 1;
export default [
  await said(), await said(1, one), await said("", one), await said("x"), await said("x", 1), (await said("é".repeat(101), one)).replace(/ got .*/, ""),
  await step("é".repeat(100), one),
];
