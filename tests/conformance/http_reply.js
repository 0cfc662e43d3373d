// A reply is its text, has fields, and reads its JSON when it is asked.
const reply = await Http.get(Watch.site + "/data", { query: { q: "ä b" } });
const list = await Http.get(Watch.site + "/list");
print(reply, `[${reply}]`, String(reply).length);
const missing = await Http.get(Watch.site + "/missing");
export default [
  reply.status, reply.ok, reply.headers["content-type"], reply.json.name, reply.json === reply.json, reply.size,
  list.json.length, list.json[2], (await Http.get(Watch.site + "/null")).json === null, missing.status, missing.ok,
  String(missing), reply.url === Watch.site + "/data?q=%C3%A4+b",
  (await Http.request("OPTIONS", Watch.site + "/data")).status,
];
