// The name of a map is a short text.
const said = async (name) => (await attempt(() => map([1], print, { name }))).error.message.slice(0, 60);
export default [await said(1), await said(""), await said("x".repeat(201)), await said([])];
