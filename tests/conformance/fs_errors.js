async function told(fn, ...given) {
  const { ok, error: e } = await attempt(() => fn(...given));
  if (ok) fail("it went well");
  if (e.kind === "permission") return `${e.kind}: ${e.message}`;
  return `${e.kind}: ${e.message} (${e.hint ?? ""})`;
}
export default [
  await told(Fs.read, "note.txt"),
  await told(Fs.read, "folder"),
  await told(Fs.read, "notes.txt/x"),
  await told(Fs.read, "latin"),
  await told(Fs.remove, "out/full"),
  await told(Fs.list, "nowhere"),
  await told(Fs.read, ".env"),
  await told(Fs.read, "id_rsa"),
  await told(Fs.read, "folder/../deep/./key.pem"),
  await told(Fs.read, "../elsewhere"),
  await told(Fs.read, "/etc/passwd"),
  await told(Fs.list, "~/.ssh"),
  await told(Fs.write, "notes.txt", ""),
  await told(Fs.write, "out/.env", ""),
  await told(Fs.copy, "notes.txt", "out/../folder/x"),
  await told(Fs.read, ""),
  await told(Fs.read, 1),
  await told(Fs.read),
  await told(Fs.write, "out/x", [1]),
  await told(Fs.bytes, "blob", { ofset: 1 }),
  await told(Fs.bytes, "blob", { offset: -1 }),
  await told(Fs.glob, "*/../x"),
];
