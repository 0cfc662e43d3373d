// A rule may name methods and a path; what is decided about is what would be sent, without its query.
async function refused(act) {
  const tried = await attempt(act);
  print(tried.error.kind, tried.error.message);
}
const at = "https://api.example.com";
await refused(() => Http.get(at + "/v1/items"));
await refused(() => Http.post(at + "/v2/items?key=1", { body: "x" }));
await refused(() => Http.post(at + "/v1/%2e%2e/admin"));
await refused(() => Http.post(at + "/v1/..%2fadmin"));
await refused(() => Http.post(at + "/v1//a"));
await refused(() => Http.post(at + "/v1;x/a"));
await refused(() => Http.request("put", at + "/v1/a"));
await refused(() => Http.request("TRACE", at + "/v1/a"));
await refused(() => Http.post(at + ":8443/v1/a"));
await refused(() => Http.post(at + "/v1/a", { headers: { "X-HTTP-Method-Override": "PUT" } }));
