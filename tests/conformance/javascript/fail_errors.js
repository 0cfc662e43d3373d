// Every error is raised again as it is, those of the language too; a wrong kind is told which there are.
const caught = [new TypeError("mine"), new SpellError("ours", { kind: "http" })];
try { null.x; } catch (e) { caught.push(e); }
const same = [];
for (const error of caught) {
  try { fail(error); } catch (e) { same.push(e === error); }
}
const options = (await attempt(() => fail(caught[0], { kind: "http" }))).error;
const odd = (await attempt(() => fail("x", { kind: "odd" }))).error;
print(same, options.kind, odd.hint);
try {
  null.x; // HERE
} catch (e) {
  fail(e);
}
