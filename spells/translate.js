const args = spell({
  about: "Translate every text in a folder; what is translated already is left alone",
  params: {
    from: { default: "texts", about: "the folder with the originals" },
    to: { default: "translated", about: "the folder for the translations" },
    language: "German",
  },
  allow: { write: ["translated/"] },
  budget: { usd: 1.0 },
});

const done = await map(await Fs.glob(`${args.from}/*.txt`), async (path) => {
  const target = args.to + path.slice(args.from.length);
  if (await Fs.exists(target)) return null;
  await Fs.write(target, await ask("Translate into {{language}}:\n\n{{text}}", {
    name: path,
    vars: { language: args.language, text: await Fs.read(path) },
  }));
  return target;
}, { name: "texts", limit: 4, on_error: "keep" });

const written = done.ok.filter((target) => target !== null).length;
for (const lost of done.failed) Log.error(lost.error.message, { file: lost.item });
export default `${written} translated, ${done.failed.length} failed`;
