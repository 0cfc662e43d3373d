// Wrong arguments name the parameter.
const url = Watch.site;
export default await map([
  () => Http.get(),
  () => Http.get(1),
  () => Http.get("example.com"),
  () => Http.get(url, { timout: 1 }),
  () => Http.get(url, { headers: { a: 1 } }),
  () => Http.get(url, { headers: { "x\r\ny": "1" } }),
  () => Http.get(url, { body: "x" }),
  () => Http.post(url, { json: 1, form: {} }),
  () => Http.get(url, { redirects: 99 }),
  () => Http.request("TRACE", url),
], async (fn) => (await attempt(fn)).error.message);
