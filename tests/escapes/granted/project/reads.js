export default await Fs.read(spell({ params: { path: "string" } }).path);
