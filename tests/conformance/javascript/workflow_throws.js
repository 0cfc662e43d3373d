// Whatever a step throws comes out as an error that says which step it was; the original is its cause.
const thrown = async (fn) => (await attempt(() => Workflow.sequence({ steps: [fn] }).run())).error;
const type = await thrown(() => { throw new TypeError("bad type"); });
const text = await thrown(() => { throw "just text"; });
const frozen = await thrown(() => { throw Object.freeze(new SpellError("frozen")); });
const odd = await thrown(() => {
  const error = new SpellError("odd");
  Object.defineProperty(error, "data", { get() { throw 1; } });
  throw error;
});
let caught = null;
try {
  await Workflow.sequence({ steps: [() => null.x] }).run();
} catch (error) {
  caught = error;
}
export default [
  type instanceof SpellError, type.message, type.cause instanceof TypeError, type.data.step, text.message, text.data.step, frozen.message, odd.message,
  caught instanceof SpellError, caught.where.line,
];
