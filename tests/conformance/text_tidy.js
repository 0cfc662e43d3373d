// Texts are cut where they can be, freed of their indentation, and made names of files.
export default [
  await Text.chunk("One two three. Four five six seven.", { size: 16 }), await Text.chunk("abcdefghij", { size: 4, overlap: 2 }), await Text.chunk("𝄞ä𝄞", { size: 1 }), await Text.chunk(""), await Text.chunk("short"),
  await Text.dedent("\n    a\n      b\n  "), await Text.dedent("  one line"), await Text.dedent(""),
  await Text.slug("Größe & Maß: Éclair, No. 5!"), await Text.slug("日本語 ガイド"), await Text.slug("हिन्दी में"), (await Text.slug("word ".repeat(50))).length,
];
