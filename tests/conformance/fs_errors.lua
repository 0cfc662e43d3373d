local function told(fn, ...)
  local ok, e = pcall(fn, ...)
  assert(not ok)
  if e.kind == "permission" then return e.kind .. ": " .. e.message end
  return e.kind .. ": " .. e.message .. " (" .. (e.hint or "") .. ")"
end
return {
  told(Fs.read, "note.txt"),
  told(Fs.read, "folder"),
  told(Fs.read, "notes.txt/x"),
  told(Fs.read, "latin"),
  told(Fs.remove, "out/full"),
  told(Fs.list, "nowhere"),
  told(Fs.read, ".env"),
  told(Fs.read, "id_rsa"),
  told(Fs.read, "folder/../deep/./key.pem"),
  told(Fs.read, "../elsewhere"),
  told(Fs.read, "/etc/passwd"),
  told(Fs.list, "~/.ssh"),
  told(Fs.write, "notes.txt", ""),
  told(Fs.write, "out/.env", ""),
  told(Fs.copy, "notes.txt", "out/../folder/x"),
  told(Fs.read, ""),
  told(Fs.read, 1),
  told(Fs.read),
  told(Fs.write, "out/x", { 1 }),
  told(Fs.bytes, "blob", { ofset = 1 }),
  told(Fs.bytes, "blob", { offset = -1 }),
  told(Fs.glob, "*/../x"),
}
