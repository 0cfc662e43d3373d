const args = spell({
  about: "Summarise",
  parms: { words: 80 },
});
