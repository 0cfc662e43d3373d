// The CSV has the columns `file` and `date`, as in `IMG_0001.jpg,2026-05-17`.
const args = spell({
  about: "Rename photos by the dates in a CSV",
  params: { csv: "photos.csv", folder: "photos", dry: { default: false, about: "only say what would happen" } },
  allow: { write: ["photos/"] },
});

const renamed = [];
const skipped = [];
for (const row of await Text.csv(await Fs.read(args.csv))) {
  const from = `${args.folder}/${row.file}`;
  const to = `${args.folder}/${row.date} ${row.file}`;
  if ((await Fs.exists(from)) && !(await Fs.exists(to))) {
    if (!args.dry) await Fs.move(from, to);
    renamed.push(to);
  } else {
    skipped.push(row.file);
  }
}

for (const file of skipped) Log.warn("skipped", { file });
export default { renamed, skipped };
