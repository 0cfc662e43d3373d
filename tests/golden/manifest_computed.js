const limit = 0.5;
const args = spell({
  about: "Summarise",
  budget: { usd: limit },
});
