// Objects are merged key by key, lists are joined, and of everything else the last file wins.
const args = spell({
  about: "Merge JSON files into one",
  params: { glob: "data/*.json", out: "merged.json" },
  allow: { write: ["merged.json"] },
});

/** @type {(value: any) => boolean} */
const isMap = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @type {(into: any, from: any) => any} */
function merge(into, from) {
  if (isMap(into) && isMap(from)) {
    for (const [key, value] of Object.entries(from)) into[key] = merge(into[key], value);
    return into;
  }
  return Array.isArray(into) && Array.isArray(from) ? [...into, ...from] : from;
}

const paths = await Fs.glob(args.glob);
let merged = {};
for (const path of paths) merged = merge(merged, Json.decode(await Fs.read(path)));

await Fs.write(args.out, Json.encode(merged, { pretty: true }) + "\n");
export default `${paths.length} files merged`;
