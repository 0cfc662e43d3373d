// What is sent: data as JSON, fields as a form, text and bytes as they are.
const url = Watch.site + "/echo";
const seen = [
  await Http.post(url, { json: { a: [1, 2], b: [], c: null, d: {} } }),
  await Http.put(url, { form: { q: "ä b" } }),
  await Http.patch(url, { body: "text" }),
  await Http.post(url, { body: new Uint8Array([255]) }),
  await Http.delete(url),
  await Http.post(url, { body: await Http.get(Watch.site + "/data") }),
];
export default seen.map(({ json }) => [json.method, json.headers["content-type"] ?? "", json.body]);
