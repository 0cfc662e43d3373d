-- Texts are cut where they can be, freed of their indentation, and made names of files.
return {
  Text.chunk("One two three. Four five six seven.", { size = 16 }), Text.chunk("abcdefghij", { size = 4, overlap = 2 }), Text.chunk("𝄞ä𝄞", { size = 1 }), Text.chunk(""), Text.chunk("short"),
  Text.dedent("\n    a\n      b\n  "), Text.dedent("  one line"), Text.dedent(""),
  Text.slug("Größe & Maß: Éclair, No. 5!"), Text.slug("日本語 ガイド"), Text.slug("हिन्दी में"), Text.slug(("word "):rep(50)):len(),
}
