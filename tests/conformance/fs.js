await Fs.write("out/deep/down.txt", "first\n");
await Fs.append("out/deep/down.txt", "second\n");
const blob = await Fs.bytes("blob");
await Fs.write("out/c.bin", blob);
await Fs.write("out/gone.txt", "");
await Fs.remove("out/gone.txt");
await Fs.mkdir("out/full/more");
await Fs.write("out/full/x", "x");
await Fs.remove("out/full", { recursive: true });
await Fs.copy("notes/b.md", "out/copied.md");
await Fs.move("out/copied.md", "out/moved.md");
await Fs.copy("notes/a.md", "out/copy.md");
const stat = await Fs.stat("notes/a.md");
export default {
  text: await Fs.read("notes/a.md"),
  bytes: blob.length,
  part: (await Fs.bytes("blob", { offset: 1, length: 1 })).length,
  names: await Fs.list("notes"),
  glob: await Fs.glob("notes/**/*.md"),
  folders: await Fs.glob("notes/*/"),
  exists: [await Fs.exists("blob"), await Fs.exists("nothing"), await Fs.exists("notes")],
  kinds: [stat.kind, (await Fs.stat("notes")).kind],
  size: stat.size,
  prints: `${stat}`,
  out: await Fs.list("out"),
  again: (await Fs.bytes("out/c.bin")).length,
};
