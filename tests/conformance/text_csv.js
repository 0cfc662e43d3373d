// Rows of a CSV are maps by the names of the first row, or lists.
export default [
  await Text.csv("name,note\nann,\"says \"\"hi\"\",\nand more\"\n\nbob,\r\n"), await Text.csv("a;b\n1;2;3\n", { header: false, separator: ";" }),
  await Text.csv("\u{feff}a\tb\n1\t2", { separator: "\t" }), await Text.csv(""), await Text.csv("a,b"), await Text.csv(await ask("k,v\nä,𝄞")),
];
