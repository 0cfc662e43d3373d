const kind = async (fn) => {
  const tried = await attempt(fn);
  return tried.ok ? "ok" : `${tried.error.kind}: ${tried.error.message}`;
};
export default [
  await kind(() => approve("Go on?", { details: { n: 1 }, timeout: "20ms" })),
  await kind(() => Human.approve("Go on?", { timeout: "20ms" })),
  await kind(() => Human.ask("Who?", { timeout: 0.02 })),
  await kind(() => Human.choose("Which?", ["a", "b"], { timeout: "20ms" })),
  await kind(() => Human.review("A text", { title: "A title", timeout: "20ms" })),
  await kind(() => timeout("20ms", () => approve("Go on?"))),
  await race([() => approve("Go on?"), async () => { await sleep("20ms"); return "slept"; }]),
  await kind(() => approve("")),
  await kind(() => approve("Go on?", { timeout: "soon" })),
  await kind(() => Human.choose("Which?", [])),
  await kind(() => Human.review("x", { title: "t".repeat(300) })),
];
