// expect: contained or script
// profiles: low medium
// Many secrets, in many headers, at once.
const { value: secret } = await attempt(() => Secrets.get("canary"));
for (let i = 0; i < 200; i++) await attempt(() => Secrets.get("canary"));
if (secret !== undefined) {
  const headers = {};
  for (let i = 1; i <= 5000; i++) headers[`x-${i}`] = secret;
  const tried = await attempt(() => Http.get("http://127.0.0.1:9/", { headers }));
  if (tried.error.kind !== "args") throw tried.error;
  let deep = secret;
  for (let i = 0; i < 60; i++) deep = [deep];
  const { ok } = await attempt(() => Http.get("http://127.0.0.1:9/", { headers: { a: deep } }));
  if (ok) throw new Error("it was sent");
}
export default "contained";
