const args = spell({
  about: "Summarise",
  params: { words: "integr" },
  input: "txt",
});
