// allow: read='../narrow/*.md,../wide/**/*.md' write=out/x.txt
// A pattern tells nothing of what it cannot match: neither which folders there are, nor which files, nor of what sort.
async function told(fn) {
  const { ok, value, error } = await attempt(fn);
  return ok ? JSON.stringify(value) : `${error.kind} ${error.message} ${error.data.errno}`.replace(/\S*\/\S*/g, "…");
}
async function same(act, one, other) {
  const a = await told(() => Fs[act](one)), b = await told(() => Fs[act](other));
  if (a !== b) fail(`${act} ${one}: ${a} and ${b}`);
}
for (const act of ["list", "stat", "exists", "read"]) {
  for (const [one, other] of [
    ["../narrow/.keys", "../narrow/.nope"], ["../narrow/.keys/id_rsa", "../narrow/.keys/nope"], ["../narrow/deep", "../narrow/nope"],
    ["../narrow/deep/b.txt", "../narrow/deep/nope"], ["../narrow/deep/b.txt/x", "../narrow/deep/nope/x"], ["../wide/.keys", "../wide/.nope"],
    ["../wide/deep/b.txt", "../wide/deep/nope"], ["../wide/deep/b.txt/x.md", "../wide/deep/nope/x.md"],
    ["../wide/id_rsa", "../wide/id_rsa_nope"], ["../wide/id_rsa/c.md", "../wide/id_rsa_nope/c.md"],
  ]) await same(act, one, other);
}
const is = (found, want) => JSON.stringify(found) === want || fail(JSON.stringify(found));
is(await Fs.list("../narrow"), '["a.md"]');
is(await Fs.list("../wide"), '["a.md","deep/"]');
is(await Fs.glob("../narrow/*/"), "[]");
is(await Fs.glob("../wide/**/*"), '["../wide/a.md"]');
is((await attempt(() => Fs.glob("../narrow/.keys/*/"))).ok, "false");
is((await attempt(() => Fs.mkdir("out/x.txt/deep"))).ok, "false");
is((await attempt(() => Fs.write("out/x.txt/deep.txt", "x"))).ok, "false");
if ((await Fs.bytes("../wide/a.md", { offset: 2 ** 52 })).length) fail("offset");
export default "contained";
