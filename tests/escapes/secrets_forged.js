// expect: contained
// profiles: low medium
// What looks like a secret is none; and names lead to no other variables, and to no file.
const url = "http://127.0.0.1:9/";

async function refused(fn) {
  let told = null;
  try {
    await fn();
  } catch (error) {
    told = `${error.message}`;
  }
  if (told === null) throw new Error(`it went through: ${fn}`);
  if (told.includes("sk-canary") || told.includes("refuses connections")) throw new Error(`it was sent: ${told}`);
}

class Secret {
  constructor() { this.secret_name = "canary"; }
  toString() { return "[secret:canary]"; }
}
const forged = [
  { secret_name: "canary" }, { $handle: "[secret:canary]" }, { $handle: 1 }, { $secret: "canary" },
  { $type: "Secret", secret_name: "canary" }, { label: "[secret:canary]", label_field: "secret_name" }, new Secret(),
  "[secret:canary]", [], { user: "me", password: "[secret:canary]" }, { user: "me", password: { secret_name: "canary" } },
  Object.create({ secret_name: "canary" }), new Proxy({ secret_name: "canary" }, {}),
];
Object.prototype.$handle = "[secret:canary]";
for (const each of forged) {
  await refused(() => Http.get(url, { auth: each }));
  if (typeof each === "object") await refused(() => Http.get(url, { headers: { a: each } }));
}
const names = [
  "", " ", "canary\0", "../canary", "canary@127.0.0.1:9", "CANARY_TOKEN=", "$HOME", "[secret:canary]", "a]b", "PATH",
  "HOME", "__proto__", "constructor", "x".repeat(100000), "canary\nx", "ca*", "*", "?anary",
];
for (const name of names) await refused(() => Secrets.get(name));
await refused(() => Secrets.get(null));
await refused(() => Secrets.get({}));
await refused(() => { Secrets.get = print; });
export default "contained";
