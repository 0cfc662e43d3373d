// Text that is no JSON, and values that cannot be JSON, are errors.
const kinds = [];
for (const text of ["", "{", "[1,]", "{'a':1}", "nul", "1 2", "NaN", "Infinity", "01", "\"\\x\"", "\"a\nb\"", "{\"a\" 1}", "[1", "\"", "1.", "-"]) {
  const tried = await attempt(() => Json.decode(text));
  kinds.push(tried.ok ? text : tried.error.kind);
}
const cycle = {};
cycle.self = cycle;
for (const value of [cycle, NaN, Infinity, print, [print], "\ud800"]) {
  const tried = await attempt(() => Json.encode(value));
  kinds.push(tried.ok ? value : tried.error.kind);
}
export default kinds;
