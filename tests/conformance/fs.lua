Fs.write("out/deep/down.txt", "first\n")
Fs.append("out/deep/down.txt", "second\n")
local blob = Fs.bytes("blob")
Fs.write("out/c.bin", blob)
Fs.write("out/gone.txt", "")
Fs.remove("out/gone.txt")
Fs.mkdir("out/full/more")
Fs.write("out/full/x", "x")
Fs.remove("out/full", { recursive = true })
Fs.copy("notes/b.md", "out/copied.md")
Fs.move("out/copied.md", "out/moved.md")
Fs.copy("notes/a.md", "out/copy.md")
local stat = Fs.stat("notes/a.md")
return {
  text = Fs.read("notes/a.md"),
  bytes = #blob,
  part = #Fs.bytes("blob", { offset = 1, length = 1 }),
  names = Fs.list("notes"),
  glob = Fs.glob("notes/**/*.md"),
  folders = Fs.glob("notes/*/"),
  exists = { Fs.exists("blob"), Fs.exists("nothing"), Fs.exists("notes") },
  kinds = { stat.kind, Fs.stat("notes").kind },
  size = stat.size,
  prints = tostring(stat),
  out = Fs.list("out"),
  again = #Fs.bytes("out/c.bin"),
}
