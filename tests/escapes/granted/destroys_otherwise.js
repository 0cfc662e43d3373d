// allow: read=. write=out/,notes/ net=SITE
// deny: tools=Fs.mkdir
// What needs its own leave because it destroys needs it under each of its names; what is denied by its name is gone.
async function refused(what, fn) {
  const { ok, error } = await attempt(fn);
  if (ok || error.kind !== "permission") fail(what + (ok ? " went through" : `: ${error.message}`));
}
await refused("remove", () => Fs.remove("out/old.txt"));
await refused("remove a folder", () => Fs.remove("out", { recursive: true }));
await refused("delete", () => Http.delete("http://SITE/x"));
for (const method of ["DELETE", "delete", "Delete"]) await refused(method, () => Http.request(method, "http://SITE/x"));
await refused("mkdir", () => Fs.mkdir("out/new"));
for (const method of ["DELETE ", " delete", "DEL\0ETE", "DELETE\r\nX: y", "CONNECT", "TRACE", "PURGE", ""]) {
  if ((await attempt(() => Http.request(method, "http://SITE/x"))).ok) fail(`method ${method}`);
}
for (const header of ["X-HTTP-Method", "X-Method", "X.HTTP.Method.Override", "HTTP-Method-Override", "X-HTTP-Path-Override", "X-Forwarded-Uri", "X_Override_Method", "x-http-method-override", "X-Method-Override"]) {
  if ((await attempt(() => Http.post("http://SITE/x", { headers: { [header]: "DELETE" } }))).ok) fail(header);
}
if ((await attempt(() => Fs.move("notes/a.txt", "out"))).ok) fail("a file took the place of a folder");
if (!(await Fs.exists("out/old.txt"))) fail("gone");
export default "contained";
