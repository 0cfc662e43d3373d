// expect: contained
// profiles: medium high
// No method is smuggled in beside the one that is decided about: not by its spelling, by a header, by the URL or by fetch.
let turn = 0;
const fickle = { toString: () => (turn++ ? "DELETE" : "GET") };
const methods = [
  "CONNECT", "TRACE", "TRACK", "PRI", "get ", " GET", "GET\0", "GET\r\nX: y", "G\u0415T", "\uff27\uff25\uff34", "GET http://example.com/",
  "POST https://example.com/ HTTP/1.1\r\n\r\nGET", "", "*", "GET|POST", "A".repeat(10000), 1, true, {}, ["GET"], () => 1, fickle,
];
const headers = [
  { "X-HTTP-Method-Override": "DELETE" }, { x_http_method: "DELETE" }, { "X-Original-URL": "/admin" },
  { Host: "example.com" }, { "Transfer-Encoding": "chunked" }, { "Content-Length": "0" }, { "X\r\nHost": "y" },
  { X: "a\r\nHost: y" }, { "Proxy-Authorization": "x" }, { Connection: "X-A" },
];
const url = "http://127.0.0.1:22/";
const expected = ["permission", "args", "script"];
let found = "contained";
const check = async (what, act) => {
  const tried = await attempt(act);
  if (tried.ok) found = `sent ${what}`;
  else if (!expected.includes(tried.error.kind)) found = `${what}: ${tried.error.message}`;
};
for (const method of methods) {
  await check("a method", () => Http.request(method, url, { timeout: 1 }));
  await check("fetch with a method", async () => fetch(url, { method }));
}
for (const each of headers) {
  await check("a header", () => Http.post(url, { headers: each, timeout: 1 }));
  await check("fetch with a header", async () => fetch(url, { method: "POST", headers: each }));
}
export default found;
