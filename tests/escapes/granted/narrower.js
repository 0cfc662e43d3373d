// allow: read=. write=out/ net=SITE run='git log *' env=SHOWN state=team
// A spell that gets less has less, whatever it says itself, and so has every spell that it runs.
const given = {
  nothing: {}, files: { read: ["notes/", "child.*", "reads.*"] }, all: { read: ["*"], write: ["*"], run: ["*"], env: ["*"], net: ["*"] },
  above: { read: ["..", "/", "~/"], write: ["/"] },
};
for (const [name, allow] of Object.entries(given)) {
  const found = await Run.spell("child", { what: name }, { allow });
  if (found !== "contained") fail(`${name}: ${found}`);
}
const wrong = [{ read: "notes/" }, { "*": ["*"] }, { read: [1] }, { net: ["http://"] }, { read: [""] }, 5, ["read"], { __proto__: { read: ["*"] }, x: [] }];
for (const allow of wrong) {
  if ((await attempt(() => Run.spell("child", { what: "files" }, { allow }))).ok) fail("a wrong list");
}
export default "contained";
