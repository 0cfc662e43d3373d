// allow: read=. write=out/ net=SITE
// deny: read=secret/,lib/hidden.lua,lib/hidden.js,prompts/hidden.md,named.txt write=out/kept/
// What is denied is not reached by another name, another op, or as something else than a file.
async function refused(what, fn) {
  const { ok, error } = await attempt(fn);
  if (ok) fail(`it went through: ${what}`);
  if (!["permission", "script", "args", "config"].includes(error.kind)) fail(`${what}: ${error.kind}`);
}
const names = [
  "secret/key.txt", "./secret/key.txt", "notes/../secret/key.txt", "secret//key.txt", "secret/./key.txt", "SECRET/key.txt",
  "Secret/KEY.TXT", "secret./key.txt", "alias/key.txt", "alias.txt", "hard.txt", "named.txt", "NAMED.txt", "secret/deep/.env",
];
for (const name of names) {
  for (const act of ["read", "bytes", "stat"]) await refused(`${act} ${name}`, () => Fs[act](name));
  await refused(`copy ${name}`, () => Fs.copy(name, "out/copy"));
  await refused(`move ${name}`, () => Fs.move(name, "out/move"));
  await refused(`sql ${name}`, () => Sql.query(name, "select * from sqlite_master"));
}
const told = (await attempt(() => Fs.read("secret/key.txt"))).error;
if (told.data.rule !== "a rule denies it") fail(told.data.rule);
await refused("exists", () => Fs.exists("secret/key.txt"));
await refused("list", () => Fs.list("secret"));
await refused("folder", () => Fs.copy("secret", "out/folder"));
await refused("move a folder", () => Fs.move("secret", "out/folder"));
await refused("database", () => Sql.query("secret/shop.db", "select 1"));
await refused("attach", () => Sql.query("shop.db", "attach 'secret/shop.db' as x"));
await refused("prompt", () => Prompt.load("hidden"));
await refused("include", () => Prompt.render("{{> hidden}}", {}));
await refused("include in a file", () => Prompt.load("shown"));
await refused("module", () => { const name = "./lib/hidden.js"; return import(name); });
await refused("spell", () => Run.spell("secret/spell"));
await refused("config", () => Config.get("deny.read"));
for (const pattern of ["secret/*", "*/key.txt", "**/key*", "s*/*", "[s]ecret/*", "**/*.db", "{secret,x}/*", "secret/**", "alias/*"]) {
  for (const path of (await attempt(() => Fs.glob(pattern))).value ?? []) if (/secret|key/.test(path)) fail(`found ${path}`);
}
for (const name of await Fs.list(".")) if (/secret|named/.test(name)) fail(`listed ${name}`);
const writes = {
  write: () => Fs.write("out/kept/x", "x"),
  append: () => Fs.append("out/kept/x", "x"),
  mkdir: () => Fs.mkdir("out/kept/x"),
  copy: () => Fs.copy("notes/a.txt", "out/kept/x"),
  move: () => Fs.move("out/kept", "out/gone"),
  above: () => Fs.move("out", "notes/out"),
  download: () => Http.get("http://SITE/page", { to: "out/kept/x" }),
};
for (const [name, fn] of Object.entries(writes)) await refused(name, fn);
export default "contained";
