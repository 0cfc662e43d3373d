// Each slip in a request has its message.
const wrong = async (...args) => {
  const tried = await attempt(() => ask(...args));
  return [tried.error.kind, tried.error.message, tried.error.hint ?? null];
};
export default [
  await wrong(),
  await wrong(5),
  await wrong("hi", { tempreature: 1 }),
  await wrong("hi", { max_tokens: 0 }),
  await wrong("hi", { max_tokens: "many" }),
  await wrong("hi", { timeout: "soon" }),
  await wrong("hi", { schema: { year: { type: "integr" } } }),
  await wrong("hi", { model: "ecko" }),
  await wrong("hi", { on_text: "print" }),
  await wrong("hi", "echo"),
  await wrong("{{nobody}}", { vars: {} }),
  await wrong("{{a", { vars: { a: 1 } }),
];
