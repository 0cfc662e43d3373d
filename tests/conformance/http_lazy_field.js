// A field that is read from another cannot be changed, follows the other, and is no part of the data.
const reply = await Http.get(Watch.site + "/data");
const first = reply.json;
const changed = (await attempt(() => { reply.json = 1; })).error;
reply.text = '{"name":"Bob"}';
const unknown = (await attempt(() => reply.jsn)).error;
reply.text = "{";
export default [
  first.name, changed.message, Json.decode(Json.encode(reply)).json === undefined, unknown.message,
  (await attempt(() => reply.json)).ok,
];
