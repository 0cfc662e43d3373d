const { n } = spell({ params: { n: "int" } });
const check = (value) => {
  if (value < 3) fail(`too few: ${value}`, { hint: "give it at least 3" });
};
check(n);
