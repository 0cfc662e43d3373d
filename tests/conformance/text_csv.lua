-- Rows of a CSV are maps by the names of the first row, or lists.
return {
  Text.csv("name,note\nann,\"says \"\"hi\"\",\nand more\"\n\nbob,\r\n"), Text.csv("a;b\n1;2;3\n", { header = false, separator = ";" }),
  Text.csv("\u{feff}a\tb\n1\t2", { separator = "\t" }), Text.csv(""), Text.csv("a,b"), Text.csv(ask("k,v\nä,𝄞")),
}
