async function note(text) {
  throw new Error("the notebook is full: " + text);
}
note("remember");
await sleep("10ms");
