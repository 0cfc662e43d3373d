const args = spell({
  about: "Summarise",
  params: { words: { type: "integr", default: 80 } },
});
