// An error of on_text is the error of the request.
const tried = await attempt(() =>
  say("one two three", { on_text: (piece) => fail("enough of " + piece, { kind: "refused" }) }));
export default [tried.ok, tried.error.kind, tried.error.message];
