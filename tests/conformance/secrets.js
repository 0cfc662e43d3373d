// A secret is sent by the host, shown by its name, and no text and no data for a script.
const mail = await Secrets.get("mail");
const { site } = Watch;
const tried = async (fn) => (await attempt(fn)).error.message;
print(mail);
const headersOf = async (options) => (await Http.get(`${site}/echo`, options)).json.headers;
const { authorization: plain } = await headersOf({ auth: mail });
const { "x-key": token } = await headersOf({ headers: { "X-Key": ["Token ", mail] } });
const { authorization: basic } = await headersOf({ auth: { user: "me", password: mail } });
export default [
  mail.secret_name, (await Secrets.get("mail")).secret_name === mail.secret_name, plain, token, basic,
  await tried(() => "Bearer " + mail),
  await tried(() => print(`${mail}`)),
  await tried(() => mail.value),
  await tried(() => { mail.secret_name = "other"; }),
  await tried(() => State.set("key", [mail])),
  await tried(() => ask(mail)),
  await tried(() => Http.get(`${site}/echo`, { query: { q: mail } })),
  await tried(() => Http.get(`${site}/echo`, { auth: { secret_name: "mail" } })),
  await tried(() => Secrets.get("other")),
];
