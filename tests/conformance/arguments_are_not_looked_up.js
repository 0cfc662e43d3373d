// What runs is what was read before: the argument of spell() is not looked at.
const args = spell({ about: "n", params: { n: 1 } });
const again = spell();
const other = spell(JSON.parse('{"params": {"n": 99}}'));
export default [args.n, again.n, other.n];
