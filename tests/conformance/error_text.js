// An error of the language keeps its text; its place is in `where`.
const tried = await attempt(() => {
  throw new Error("out of ink");
});
const plain = await attempt(() => { throw "no place"; });
export default [tried.error.kind, tried.error.message, tried.error.where.line, plain.error.message];
